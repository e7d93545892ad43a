"""Home of a deployment: its folders, submissions, histories and locks. No step and no table is here."""

from warehouse.home.durable import file_hash
from warehouse.home.events import EVENTS, REFUSED, DamagedHistory
from warehouse.home.lock import Busy
from warehouse.home.places import (
    CARD,
    CHECKOUT,
    RELEASED,
    SHIPPED,
    Home,
    UnknownCollection,
    UnknownSubmission,
    quoted,
)
from warehouse.home.submissions import Submission

__all__ = [
    "CARD",
    "CHECKOUT",
    "EVENTS",
    "REFUSED",
    "RELEASED",
    "SHIPPED",
    "Busy",
    "DamagedHistory",
    "Home",
    "Submission",
    "UnknownCollection",
    "UnknownSubmission",
    "file_hash",
    "quoted",
]
