"""Shipped submissions spoilt as offices spoil files, and what becomes of them: `python -m tests.hostile`."""
