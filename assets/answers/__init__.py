"""Answers to the sender of a file. They repeat no value of a cell, and no file is judged here."""

__all__: list[str] = []
