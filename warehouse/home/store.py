"""A store that several machines share: bytes under names, each put once. What they mean is mirror.py's.

An object store, or whatever else fsspec knows, puts with If-None-Match; a shared folder by a second name,
which fails where there is one. Both stand in for fsync and read-only: what was put is never written again.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from schemas.words import UserError
from warehouse.home import durable

PATIENCE = 60.0
"""Seconds for which a store that does not answer is asked again."""

T = TypeVar("T")


class Unreachable(UserError, OSError):
    """The store did not answer, or refused."""

    def __init__(self, store: str, error: Exception) -> None:
        super().__init__("home.store_unreachable", store=store, error=f"{type(error).__name__}: {error}")


class Store(Protocol):
    """What mirror.py asks of a store. Names are relative, with `/`. All raise Unreachable."""

    def put_once(self, name: str, content: bytes) -> bool:
        """Put bytes under a name; False where there is something else under it."""

    def put_file(self, name: str, path: Path) -> None:
        """Put a file under a name that tells its bytes; one that is there already is the same."""

    def get(self, name: str) -> bytes | None:
        """The bytes under a name; None where there are none."""

    def get_file(self, name: str, path: Path) -> bool:
        """Write what is under a name to a new file; False where there is nothing."""

    def names(self, folder: str) -> list[str]:
        """The names below a folder, sorted."""

    def remove(self, name: str) -> None:
        """Remove what is under a name, if anything is."""


def of(address: str, options: Mapping[str, Any]) -> Store:
    """The store of an address."""
    if address.startswith("file://"):
        return Folder(Path(address.removeprefix("file://")))
    return Bucket(address, options)


class Folder:
    """A folder that is shared between machines."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_once(self, name: str, content: bytes) -> bool:
        def write(path: Path) -> None:
            with path.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

        return self._put(name, write) or (self._root / name).read_bytes() == content

    def put_file(self, name: str, path: Path) -> None:
        self._put(name, lambda target: durable.copy(path, target))

    def _put(self, name: str, write: Callable[[Path], object]) -> bool:
        """Write beside, then give it its name, at once; False where that is taken."""
        target = self._root / name
        beside = target.with_name(f".{uuid.uuid4().hex}")
        with self._told():
            durable.make_folder(target.parent)
            try:
                write(beside)
                beside.chmod(0o400)
                os.link(beside, target)
                durable.sync_folder(target.parent)
            except FileExistsError:
                return False
            finally:
                beside.unlink(missing_ok=True)
        return True

    def get(self, name: str) -> bytes | None:
        with self._told():
            try:
                return (self._root / name).read_bytes()
            except FileNotFoundError:
                return None

    def get_file(self, name: str, path: Path) -> bool:
        with self._told():
            try:
                durable.copy(self._root / name, path)
            except FileNotFoundError:
                return False
        return True

    def names(self, folder: str) -> list[str]:
        with self._told():
            found = (p for p in (self._root / folder).rglob("*") if p.is_file())
            return sorted(str(p.relative_to(self._root)) for p in found if not p.name.startswith("."))

    def remove(self, name: str) -> None:
        with self._told():
            (self._root / name).unlink(missing_ok=True)

    def _told(self) -> _Told:
        return _Told(str(self._root))


class _Told:
    """What the operating system raises is told as the store's."""

    def __init__(self, store: str) -> None:
        self._store = store

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, UserError):
            raise Unreachable(self._store, error) from error


class Bucket:
    """An object store through fsspec; what fails is asked again for as long as PATIENCE says."""

    def __init__(self, address: str, options: Mapping[str, Any]) -> None:
        import fsspec.asyn

        self._address = address
        lasting: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
        if address.startswith("s3:"):
            limits = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 1}}
            lasting["config_kwargs"] = limits
        self._system, self._root = fsspec.core.url_to_fs(address, **{**lasting, **options})
        # A connection that broke is told by what asked for it; its other halves would print a traceback.
        fsspec.asyn.get_loop().set_exception_handler(lambda *_: None)

    def put_once(self, name: str, content: bytes) -> bool:
        def put() -> bool:
            with suppress(FileExistsError):
                self._system.pipe_file(self._at(name), content, mode="create")
                return True
            return bool(self._system.cat_file(self._at(name)) == content)  # put before the answer was lost

        return self._again(put)

    def put_file(self, name: str, path: Path) -> None:
        def put() -> None:
            with suppress(FileExistsError):
                self._system.put_file(str(path), self._at(name), mode="create")

        self._again(put)

    def get(self, name: str) -> bytes | None:
        def get() -> bytes | None:
            try:
                content: bytes = self._system.cat_file(self._at(name))
                return content
            except FileNotFoundError:
                return None

        return self._again(get)

    def get_file(self, name: str, path: Path) -> bool:
        def get() -> bool:
            try:
                self._system.get_file(self._at(name), str(path))
                return True
            except FileNotFoundError:
                path.unlink(missing_ok=True)
                return False

        return self._again(get)

    def names(self, folder: str) -> list[str]:
        found: list[str] = self._again(lambda: self._system.find(self._at(folder)))
        return sorted(name.removeprefix(f"{self._root}/") for name in found)

    def remove(self, name: str) -> None:
        def remove() -> None:
            with suppress(FileNotFoundError):
                self._system.rm_file(self._at(name))

        self._again(remove)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _again(self, call: Callable[[], T]) -> T:
        """What the call gives. What is refused for good is not asked again."""
        until, pause = time.monotonic() + PATIENCE, 0.2
        while True:
            try:
                return call()
            except (PermissionError, TypeError, NotImplementedError) as error:
                raise Unreachable(self._address, error) from error
            except Exception as error:  # each library of fsspec has its own
                if time.monotonic() > until:
                    raise Unreachable(self._address, error) from error
            time.sleep(pause)
            pause = min(2 * pause, 5.0)
