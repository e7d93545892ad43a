"""Limits on parallel requests: files of a sender do not make other senders wait.

Each sender has a few slots: one for requests that send a form, more for requests that open a page. A sender
with several files at once waits only for its own requests.
"""

from __future__ import annotations

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from pipelines.desk.access import Person

ALL_REQUESTS, FORMS_OF_A_SENDER, PAGES_OF_A_SENDER = 40, 1, 2
"""Parallel requests: of all senders, of a sender that sends forms, of a sender that opens pages."""


class RequestLimits:
    """Slots of all senders."""

    def __init__(self) -> None:
        self._all = CapacityLimiter(ALL_REQUESTS)
        self._by_sender: dict[tuple[str, str, bool], CapacityLimiter] = {}

    def limiter(self, person: Person, *, sends: bool) -> CapacityLimiter:
        """Return the limiter of a sender. Hold it during a request, because the sent form is in memory.

        A sender is an office of a provider. A proxy has authenticated both, so there are not many.
        """
        key = (person.provider, person.office, sends)
        return self._by_sender.setdefault(
            key, CapacityLimiter(FORMS_OF_A_SENDER if sends else PAGES_OF_A_SENDER)
        )

    async def run(self, function: Callable[[], Response]) -> Response:
        """Run a function in a thread and return its result."""
        return await to_thread.run_sync(function, limiter=self._all)
