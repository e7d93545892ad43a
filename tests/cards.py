"""Cards that several tests begin with."""

import json

VICTIMS = {
    "provider_kind": "national_authority",
    "kind": "counts",
    "family": "trafficking",
    "titles": {"es": "Víctimas", "en": "Victims"},
    "citation": "A made-up provider",
    "licence": "none",
    "measure": "victims_detected",
    "frequency": "A",
    "delivery": "full",
    "on_error": "quarantine_rows",
    "confidentiality": "open",
}


def collection(**keys: object) -> str:
    """The `[collection]` of a card of a made-up authority's victims, with other or further keys; None leaves one out."""
    entries = {name: value for name, value in (VICTIMS | keys).items() if value is not None}
    return "\n[collection]\n" + "".join(f"{name} = {toml(value)}\n" for name, value in entries.items())


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(part)}" for name, part in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
