"""Statistics of series of values: intervals, trends, composition. Independent of DuckDB."""

__all__: list[str] = []
