"""Sentences about computed results, made in the build and stored with them. No page is written here."""

__all__: list[str] = []
