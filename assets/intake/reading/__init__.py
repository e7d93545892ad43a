"""Files become sheets of text cells, in a limited child process. No card is applied here."""

__all__: list[str] = []
