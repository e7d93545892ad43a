"""Storage and publication of the data: home, models, build, gate, release. Does not know Dagster.

Analysts use `from lineabase import Warehouse, Answers, charts` (warehouse/reading, answers, publication).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.answers.answers import Answers
    from warehouse.publication import charts
    from warehouse.reading.client import Warehouse

__all__ = ["Answers", "Warehouse", "charts"]


def __getattr__(name: str) -> Any:
    """Import the classes for analysts on first use, so that readers who draw nothing load no charts."""
    match name:
        case "Warehouse":
            return import_module("warehouse.reading.client").Warehouse
        case "Answers":
            return import_module("warehouse.answers.answers").Answers
        case "charts":
            return _charts()
    raise AttributeError(f"module 'warehouse' has no attribute '{name}'")


def _charts() -> Any:
    """Import the charts module. Raises NotInstalled if only the packages for reading are installed."""
    from schemas.words import NotInstalled

    try:
        return import_module("warehouse.publication.charts")
    except ModuleNotFoundError as error:
        raise NotInstalled("home.needs_charts", missing=error.name) from error
