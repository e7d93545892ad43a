"""The grammar of files that stewards write: format cards, decisions, passports of series, and templates."""

__all__: list[str] = []
