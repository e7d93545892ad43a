"""How data is kept and read: models, build, gate, release, client. Knows no Dagster.

`from warehouse import Warehouse` is the analyst's door (warehouse/client.py).
"""

from warehouse.publication.client import Warehouse

__all__ = ["Warehouse"]
