"""What the data means: codes, cards, contracts, tables, origin. Pure; reads only its own data files.

No engine, no orchestration: nothing here imports Dagster, DuckDB or Great Expectations.
"""
