"""What the searches of a day hand to each other."""

Tours = list[list[tuple[int, int]]]
"""By visitor, (option, start of service) in the order of time."""
