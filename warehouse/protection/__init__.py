"""Protection of small counts: each count of a protected collection is published as an interval around it.

`counts` makes the true tables, `perturbation` draws what is published in their place, `ledger` keeps what was
published, `drawing` decides which draw a period is in and draws again what the attack narrows, `tables` makes
the rows of a build. The attack is warehouse/audit, which reads published rows and imports nothing from here.
"""
