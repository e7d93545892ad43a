"""Signatures of manifests, where the deployment has a key (Ed25519, PEM). What is signed is not here.

A hash beside a file proves nothing against someone who can write both; a signature does, to whoever has the
public key from elsewhere. `LINEABASE_SIGNING_KEY` names the file of the private key, `LINEABASE_PUBLIC_KEY`
that of the public one, for those who only verify. How to make a pair, and verify without this program:
docs/operations.md.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.words import Wrong

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNING_KEY, PUBLIC_KEY = "LINEABASE_SIGNING_KEY", "LINEABASE_PUBLIC_KEY"


class UnusableKey(Wrong):
    """A key is named that is none, or that cannot be read."""


def sign(content: bytes) -> bytes | None:
    """The signature of some bytes; None where the deployment has no key. Raises UnusableKey."""
    key = _private_key()
    return key.sign(content) if key else None


def check_key() -> None:
    """Raises UnusableKey if a key is named that cannot sign: better before a build than after it."""
    _private_key()


def is_signed(content: bytes, signature: bytes, public_key: Path | None = None) -> bool | None:
    """Whether the signature is that of the bytes; None where there is no public key. Raises UnusableKey."""
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
    path = _named(SIGNING_KEY)
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


def _public_key(given: Path | None) -> Ed25519PublicKey | None:
    """The key given, else the one that the environment names, else that of the deployment's own pair."""
    path = given or _named(PUBLIC_KEY)
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


def _named(variable: str) -> Path | None:
    name = os.environ.get(variable)
    return Path(name) if name else None
