"""Public names for readers of a release: `from lineabase import Warehouse, Answers, Interval, charts`.

The code is the client in warehouse/reading/; this package gives it the name of the distribution. The
other top-level names of the wheel (assets, pipelines, schemas, warehouse) are general, so install it in an
environment of its own.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import warehouse
from schemas.interval import Interval

if TYPE_CHECKING:
    from warehouse.answers.answers import Answers
    from warehouse.publication import charts
    from warehouse.reading.client import Warehouse

__all__ = ["Answers", "Interval", "Warehouse", "charts"]
__version__ = version("lineabase")


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, as warehouse does."""
    if name in __all__:
        return getattr(warehouse, name)
    raise AttributeError(f"module 'lineabase' has no attribute '{name}'")
