"""Which requests are at work at once: no sender's file keeps another sender waiting. No page is here.

Each sender has places of its own, few of them: one for what it sends, some for the pages that it opens. Who
sends several files at once waits for its own alone.
"""

from __future__ import annotations

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from pipelines.desk.access import Person

ALL, SENT, OPENED = 40, 1, 2
"""Requests at work at once: of all senders; of one, those that send something, and those that open a page."""


class Turns:
    """The places of all senders."""

    def __init__(self) -> None:
        self._all = CapacityLimiter(ALL)
        self._own: dict[tuple[str, str, bool], CapacityLimiter] = {}

    def place(self, person: Person, *, sends: bool) -> CapacityLimiter:
        """The places of a sender, to be held around one request: what it sends is in memory meanwhile.

        A sender is an office of a provider: a proxy has authenticated both, so there are not many.
        """
        key = (person.provider, person.office, sends)
        return self._own.setdefault(key, CapacityLimiter(SENT if sends else OPENED))

    async def work(self, work: Callable[[], Response]) -> Response:
        """What the work gives, done in a thread."""
        return await to_thread.run_sync(work, limiter=self._all)
