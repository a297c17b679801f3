# ruff: noqa: B018, F821
# Names that a framework or a protocol calls, one group a reason. Read by vulture alone, never imported.

# dataclasses and enum members that stand for codes of a standard: all of them are stored and read as text
