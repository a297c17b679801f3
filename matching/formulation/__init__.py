"""
From a round's problem to the model that solvers see.

Rules strike out what the law forbids, candidates are found by place, skill and time, and what is left
becomes arrays: places to fill, arcs that may fill them, rows that bind, money and goods, coefficients.
"""
