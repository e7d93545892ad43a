"""Charts, exports, bundle and site of a release. Builds nothing."""

__all__: list[str] = []
