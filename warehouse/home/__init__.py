"""Home of a deployment: its folders, submissions, histories and locks. No step and no table is here."""

from warehouse.home.durable import file_hash
from warehouse.home.events import EVENTS_FILE, REFUSALS_FILE, DamagedHistory
from warehouse.home.layout import (
    CARD,
    CHECKOUT,
    RELEASE_FILE,
    SHIPPED_LIST,
    Home,
    UnknownCollection,
    UnknownSubmission,
    quote_path,
)
from warehouse.home.lock import Busy
from warehouse.home.submissions import Submission

__all__ = [
    "CARD",
    "CHECKOUT",
    "EVENTS_FILE",
    "REFUSALS_FILE",
    "RELEASE_FILE",
    "SHIPPED_LIST",
    "Busy",
    "DamagedHistory",
    "Home",
    "Submission",
    "UnknownCollection",
    "UnknownSubmission",
    "file_hash",
    "quote_path",
]
