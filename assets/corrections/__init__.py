"""Corrections of single cells of a kept file: a new file with other cells, and who corrected what of which.

The original stays as received. The corrected file is judged as any other; nothing is judged here.
"""

__all__: list[str] = []
