"""Rows of a read file are decoded, checked and quarantined by the rules. Nothing is read or stored here."""

__all__: list[str] = []
