"""Bytes ⇄ encrypted bytes, with keys that can be changed.

Each key of `BACKBOT_ENCRYPTION_KEY` is any long text; an AES key is derived from it (HKDF), and
`cryptography`'s Fernet encrypts and signs. The first key encrypts, every key decrypts: put a new
key in front, and `reseal.py` encrypts with it what is stored.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

_PLAIN = b"0"
_SEALED = b"1"
_PURPOSE = b"backbot state 1"


class UnreadableError(Exception):
    """Encrypted with a key that is not here, or damaged."""


class Cipher:
    """Seals and opens what is stored.

    Args:
        keys: The first one encrypts; none: nothing can be encrypted.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._fernet = _fernet_of(keys) if keys else None
        self._newest = Cipher(keys[:1]) if len(keys) > 1 else self

    @classmethod
    def of(cls, setting: str) -> Cipher:
        """The cipher of a comma-separated setting; "" gives one without a key."""
        return cls([key for part in setting.split(",") if (key := part.strip())])

    @property
    def has_key(self) -> bool:
        """Whether anything can be encrypted."""
        return self._fernet is not None

    def seal(self, plain: bytes) -> bytes:
        """The bytes to store: encrypted where there is a key, else as they are."""
        if self._fernet is None:
            return _PLAIN + plain
        return _SEALED + self._fernet.encrypt(plain)

    def open(self, stored: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            UnreadableError: It was encrypted with a key that is not here, or is damaged.
        """
        mark, content = stored[:1], stored[1:]
        if mark == _PLAIN:
            return content
        if mark != _SEALED or self._fernet is None:
            raise UnreadableError
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - see `_fernet_of`

        try:
            return self._fernet.decrypt(content)
        except InvalidToken:
            raise UnreadableError from None

    def renewed(self, stored: bytes) -> bytes | None:
        """The same, encrypted with the first key; None where it is already, or cannot be."""
        try:
            plain = self.open(stored)
        except UnreadableError:
            return None
        if stored[:1] == _SEALED and self._newest._can_open(stored):  # noqa: SLF001 - its own kind
            return None
        return self.seal(plain) if self.has_key else None

    def _can_open(self, stored: bytes) -> bool:
        try:
            self.open(stored)
        except UnreadableError:
            return False
        return True


def _fernet_of(keys: Sequence[str]) -> MultiFernet:
    """What the keys encrypt and decrypt with. Without any, the library's 7 MB stay unloaded."""
    from cryptography.fernet import MultiFernet  # noqa: PLC0415

    return MultiFernet([_derived(key) for key in keys])


def _derived(key: str) -> Fernet:
    """A Fernet key from a text of any length. No salt: the text itself is random, not a word."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - see `_fernet_of`
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(base64.urlsafe_b64encode(hkdf.derive(key.encode())))
