"""Kills, and receipts side by side: what is done, and how what was lost by it is told. tests/operator measures with it."""
