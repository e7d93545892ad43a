"""What the data means: codes, cards, contracts, tables, origin. Pure; reads only its own data files.

No engine, no orchestration: nothing here imports Dagster, DuckDB or Great Expectations.
"""

import warnings

# pandera loads pandas on Spark wherever Spark is installed, and that warns of every pandas from 3 on.
warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
