"""
Solvers behind one port, `search.solve_part`, a room for each kind of part.

`network` are exact shortest paths with prices; `generalised` the assignments where everything takes hours;
`coupled` the parts where money or goods are scarce; `giving` deals out money and goods to a chosen set of needs;
`programmes` writes linear and whole programmes for HiGHS. Nothing outside this package imports an optimiser.
"""
