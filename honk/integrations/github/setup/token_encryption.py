"""Encryption of people's tokens in the database, with a key that is derived from this machine's signing key."""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"honk: tokens of people's forge accounts"


@dataclass(frozen=True)
class UserToken:
    """A token that acts as a person. `refresh` gets a new one; `expires` in seconds since the epoch, 0 for never."""

    token: str = field(repr=False)
    refresh: str = field(repr=False, default="")
    expires: float = 0.0


class TokenCipher:
    """Encrypts and decrypts. `key` returns this machine's signing key; it is called once, when first needed."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    @cached_property
    def _fernet(self) -> Fernet:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(self._key())
        return Fernet(base64.urlsafe_b64encode(derived))

    def encrypt(self, token: UserToken) -> str:
        """The token as text that cannot be read without the key."""
        return self._fernet.encrypt(json.dumps(asdict(token)).encode()).decode()

    def decrypt(self, encrypted: str) -> UserToken | None:
        """The token; None when another machine encrypted it, or it is damaged."""
        try:
            return UserToken(**json.loads(self._fernet.decrypt(encrypted.encode())))
        except (InvalidToken, ValueError, TypeError):
            return None
