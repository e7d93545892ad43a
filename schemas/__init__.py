"""Meaning of the data: codes, format cards, contracts, tables, origin of persons.

Pure code: it reads only its own data files and imports no engine and no orchestration (Dagster, DuckDB, Great
Expectations).
"""

import warnings

__all__: list[str] = []

# pandera loads pandas-on-Spark wherever Spark is installed, and that warns about every pandas from version 3.
warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
