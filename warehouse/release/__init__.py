"""Releases: publishing, rollback, retention, verification, the state of the last refresh. Builds nothing."""

__all__: list[str] = []
