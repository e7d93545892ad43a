"""Detection of personal data in headers, numbers, texts and names. No file is read here.

The words and shapes are data: words.toml, values.toml, names.toml. assets/intake/privacy/guard.py decides
where a file is searched.
"""

from schemas.personal_data.headers import Header, classify_header
from schemas.personal_data.judging import find_coordinates, find_in_column, heads_persons, names_places
from schemas.personal_data.names import find_names, find_short_names, looks_like_a_name
from schemas.personal_data.values import HARMLESS, IDENTIFIER, LIKELY, SHORTEST, WORDY, find_in_text
from schemas.personal_data.words import kind_of, label, may_be_decided

__all__ = [
    "HARMLESS",
    "IDENTIFIER",
    "LIKELY",
    "SHORTEST",
    "WORDY",
    "Header",
    "classify_header",
    "find_coordinates",
    "find_in_column",
    "find_in_text",
    "find_names",
    "find_short_names",
    "heads_persons",
    "kind_of",
    "label",
    "looks_like_a_name",
    "may_be_decided",
    "names_places",
]
