"""What readers of a release import: `from lineabase import Warehouse, charts`. Nothing else is here.

It is the client of warehouse/publication/, under the name of the distribution: the wheel's other top-level
names (assets, pipelines, schemas, warehouse) are general ones, so give it an environment of its own.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import warehouse

if TYPE_CHECKING:
    from warehouse.publication import charts
    from warehouse.reading.client import Warehouse

__all__ = ["Warehouse", "charts"]
__version__ = version("lineabase")


def __getattr__(name: str) -> Any:
    """What analysts import, loaded when it is asked for, as in warehouse."""
    if name in __all__:
        return getattr(warehouse, name)
    raise AttributeError(f"module 'lineabase' has no attribute '{name}'")
