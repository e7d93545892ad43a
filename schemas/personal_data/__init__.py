"""Detection of personal data in headers, numbers, texts and names. No file is read here.

The words and shapes are data: words.toml, values.toml, names.toml. assets/intake/privacy/guard.py decides
where a file is searched.
"""

from schemas.personal_data.headers import Header, header
from schemas.personal_data.judging import heads_persons, of_column
from schemas.personal_data.names import looks_like_a_name, named_in
from schemas.personal_data.values import HARMLESS, IDENTIFIER, LIKELY, SHORTEST, WORDY, of_value
from schemas.personal_data.words import label

__all__ = [
    "HARMLESS",
    "IDENTIFIER",
    "LIKELY",
    "SHORTEST",
    "WORDY",
    "Header",
    "header",
    "heads_persons",
    "label",
    "looks_like_a_name",
    "named_in",
    "of_column",
    "of_value",
]
