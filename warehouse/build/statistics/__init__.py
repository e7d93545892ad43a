"""Statistics of series of values: intervals, trends, composition. Independent of DuckDB."""
