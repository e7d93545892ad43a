"""Command line: a module for each noun, whose functions are the commands.

Its texts are in schemas/words, the work itself is in other packages.
"""

__all__: list[str] = []
