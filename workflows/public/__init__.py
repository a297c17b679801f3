"""What everybody may read: needs put on the wall without a trace of a person, and who is told of them."""
