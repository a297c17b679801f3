"""Lists of departments compared, households that nothing covers, and statuses that ended."""
