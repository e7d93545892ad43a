"""The grammar of what stewards write: format cards, decisions and templates."""
