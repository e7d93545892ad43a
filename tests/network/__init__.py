"""A network that lives through years: members, files, corrections and releases, checked by code that knows the truth.

`python -m tests.network` runs it; what it measured stands in docs/reliability.md.
"""
