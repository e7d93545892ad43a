"""What is said of a series of figures: intervals, trends, composition. Knows no DuckDB."""
