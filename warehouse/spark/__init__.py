"""Models on Spark: translation of their SQL and filling of tables. Optional (extra `spark`).

The models in warehouse/build/sql are the only source; nothing here knows a table. Statistics stay in Python.
"""

__all__: list[str] = []
