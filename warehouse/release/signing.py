"""Signatures of bytes with the key of the deployment (Ed25519, PEM). release_store.py signs manifests.

A hash in the same folder proves nothing against a person who can write both files. A signature does, for a
reader who got the public key by another way. `LINEABASE_SIGNING_KEY` names the file of the private key,
`LINEABASE_PUBLIC_KEY` the file of the public key for those who only verify. docs/operations.md explains how
to make a pair of keys and how to verify without this program.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.words import InvalidValue

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNING_KEY, PUBLIC_KEY = "LINEABASE_SIGNING_KEY", "LINEABASE_PUBLIC_KEY"


class UnusableKey(InvalidValue):
    """The file of a key cannot be read, or contains no usable key."""


def sign(content: bytes) -> bytes | None:
    """Return the signature of some bytes; None if the deployment has no key. Raises UnusableKey."""
    key = _private_key()
    return key.sign(content) if key else None


def check_key() -> None:
    """Raise UnusableKey if the configured key cannot sign. Called before a build, not after it."""
    _private_key()


def is_signed(content: bytes, signature: bytes, public_key: Path | None = None) -> bool | None:
    """Check the signature of some bytes; None if there is no public key. Raises UnusableKey."""
    key = _public_key(public_key)
    if key is None:
        return None
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _private_key() -> Ed25519PrivateKey | None:
    path = _path_from_environment(SIGNING_KEY)
    if path is None:
        return None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UnusableKey("signing.unusable", file=path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey("signing.unusable", file=path)
    return key


def _public_key(configured_path: Path | None) -> Ed25519PublicKey | None:
    """Return the key at `path`, else the environment's, else the key that belongs to the private key."""
    path = configured_path or _path_from_environment(PUBLIC_KEY)
    if path is None:
        private = _private_key()
        return private.public_key() if private else None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnusableKey("signing.unusable", file=path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey("signing.unusable", file=path)
    return key


def _path_from_environment(variable: str) -> Path | None:
    name = os.environ.get(variable)
    return Path(name) if name else None
