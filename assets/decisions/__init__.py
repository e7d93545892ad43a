"""Answers of stewards to open questions: one by one, or as a workbook."""

__all__: list[str] = []
