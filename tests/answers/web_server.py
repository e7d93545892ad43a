"""A plain web server of the standard library, with the rules of docs/answers for files whose suffix says nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MEDIA_TYPES = {
    "/parquet/": "application/vnd.apache.parquet",
    "/sdmx/data/": "application/vnd.sdmx.data+csv; version=2.0.0",
    "/sdmx/dataflow/": "application/vnd.sdmx.structure+xml; version=3.0.0",
}


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder. Files of SDMX have no suffix, so their folder says what they are."""

    def guess_type(self, path: str) -> str:  # type: ignore[override]
        return next((kind for part, kind in MEDIA_TYPES.items() if part in path), super().guess_type(path))

    def send_head(self):  # type: ignore[no-untyped-def]
        """A client of pysdmx ends an address without a query with a slash."""
        if "/sdmx/" in self.path:
            self.path = self.path.rstrip("/")
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; the address of its root."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
