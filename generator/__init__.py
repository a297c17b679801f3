"""
A seeded city: department workbooks and CSVs as a city would hold them, for the importer to load.

Divisions, wishes and census figures are facts; people, organisations, places and money are made up. Equal
size and seed give equal files.
"""
