"""Drafts of format cards from sample files, and the card that a file probably belongs to."""

__all__: list[str] = []
