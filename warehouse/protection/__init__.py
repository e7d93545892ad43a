"""Protection of small counts: a protected collection's counts are published as intervals around them.

`counts` makes the true tables, `perturbation` draws the published values, `ledger` keeps published cells,
`drawing` decides when details are drawn and draws again if the attack narrows a count, `tables` makes the
rows of a build. The attack (warehouse/audit) reads published rows and imports nothing from here.
"""

__all__: list[str] = []
