"""A series in force and what a delivery makes of it: one module for each kind of doubt. Reads no file."""

__all__: list[str] = []
