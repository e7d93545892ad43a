"""The models on Spark: their SQL in its dialect, and filling tables there. Optional (extra `spark`).

Each model is written once, in warehouse/build/sql; nothing here knows a table. Statistics stay in Python.
"""
