"""
Where it is: divisions of both code systems with the years in which they stood, read out of free text.

Pure: tables that ship with the program in, answers out; it sees no database and no clock.
"""
