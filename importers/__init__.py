"""Files of departments and publishers become rows, rows a plan, and a plan one transaction of the graph."""
