"""
What people do: each use case is one function of a workspace, an acting person and a request.

A use case checks who may, checks the state it starts from, writes in one audited unit of work, and gives back
rows as the acting person may see them.
"""
