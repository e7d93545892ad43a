"""How data is kept and read: home, models, build, gate, release, publication. Knows no Dagster.

`from warehouse import Warehouse, charts` is the analyst's door (warehouse/publication/).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.publication import charts
    from warehouse.reading.client import Warehouse

__all__ = ["Warehouse", "charts"]


def __getattr__(name: str) -> Any:
    """What analysts import, loaded when it is asked for: whoever draws nothing loads no charts."""
    match name:
        case "Warehouse":
            return import_module("warehouse.reading.client").Warehouse
        case "charts":
            return _charts()
    raise AttributeError(f"module 'warehouse' has no attribute '{name}'")


def _charts() -> Any:
    """The charts. Raises NotInstalled where only what reading needs is there."""
    from schemas.words import NotInstalled

    try:
        return import_module("warehouse.publication.charts")
    except ModuleNotFoundError as error:
        raise NotInstalled("home.needs_charts", missing=error.name) from error
