"""Where one deployment keeps things: folders, collections, submissions. No step and no table."""

from warehouse.home.places import (
    CARD,
    CHECKOUT,
    EVENTS,
    REFUSED,
    Home,
    Submission,
    UnknownCollection,
    file_hash,
    quoted,
)

__all__ = [
    "CARD",
    "CHECKOUT",
    "EVENTS",
    "REFUSED",
    "Home",
    "Submission",
    "UnknownCollection",
    "file_hash",
    "quoted",
]
