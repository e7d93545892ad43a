"""Command line: one file for each command.

Its texts are in schemas/words, the work itself is in other packages.
"""
