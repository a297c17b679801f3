package zhulian;

/** One eligible volunteer of one need, with the cost of the way. */
record Candidate(Volunteer volunteer, long cost) {}
