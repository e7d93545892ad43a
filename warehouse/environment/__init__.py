"""Limits of the machine and settings of the environment. Opens nothing and knows no home."""
