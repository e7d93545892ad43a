"""Questions in words, read as calls of the contract. Deterministic; the words are data (schemas/questions).

tokens.py matches words, locations.py finds countries, subjects.py finds indicators, breakdowns and periods,
calls.py makes the calls, and asking.py answers. The reading is strict: a question about an unknown place is
refused, as is a breakdown that the indicator does not have, and words that were not used are listed.
"""

__all__: list[str] = []
