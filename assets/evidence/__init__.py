"""Evidence of the matrix of laws: whether the text of a law contains the quotations that cells rest on."""

__all__: list[str] = []
