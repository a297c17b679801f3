package zhulian;

/** Who may take up to {@code capacity} visits. */
record Volunteer(int index, int capacity) {}
