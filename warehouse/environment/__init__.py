"""Limits of the machine and settings of the environment. Opens nothing and knows no home."""

__all__: list[str] = []
