"""The models on Spark: their SQL in its dialect, and filling tables there. Optional (extra `spark`).

What a model computes is said once, in warehouse/sql; nothing here knows a table. Statistics stay in Python.
"""
