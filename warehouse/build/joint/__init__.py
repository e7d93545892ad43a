"""Joint bounds: the tightest interval of a cell that all tables of its country and year allow.

Knows no DuckDB. `systems` has the cells of a country and year and their relations, `bounds` solves them,
`certificates` has the proof of a bound, `contradictions` the smallest sets of cells that cannot all be right,
`solution` both, and `frames` the rows. The attack on protected counts (warehouse/audit) has arithmetic of its
own, so that neither checks itself.
"""

__all__: list[str] = []
