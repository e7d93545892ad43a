"""What an operator and an attacker do to a home, and what becomes of it: `python -m tests.operator`.

A part is a module here with a function `measure(short: bool) -> dict`: what was tried, as rows of a table, and
what failed. It needs no entry anywhere. Its first line is its title on docs/reliability.md. No test is here but test_*.py.
"""
