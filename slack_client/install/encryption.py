"""Secrets at rest: in the database nobody can read them who has not got the key."""

from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class Undecipherable(Exception):  # noqa: N818  what happened to a key, not to the program
    """A secret was encrypted with a key that is not there any more."""


class Cipher:
    """Encrypts with the first of its keys, and reads what any of them has encrypted."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, secret: SecretStr) -> str:
        """The secret as it is stored."""
        return self._fernet.encrypt(secret.get_secret_value().encode()).decode()

    def decrypt(self, stored: str) -> SecretStr:
        """The secret again. Raises Undecipherable."""
        try:
            return SecretStr(self._fernet.decrypt(stored).decode())
        except InvalidToken:
            raise Undecipherable("BOT_TOKEN_KEY lacks the key that this was encrypted with") from None


class EncryptedText(TypeDecorator[str]):
    """A column whose texts are encrypted in the database and plain in the program."""

    impl = Text
    cache_ok = True

    def __init__(self, cipher: Cipher) -> None:
        super().__init__()
        self.cipher = cipher

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Encrypt what is written."""
        return None if value is None else self.cipher.encrypt(SecretStr(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Decrypt what is read. Raises Undecipherable."""
        return None if value is None else self.cipher.decrypt(value).get_secret_value()
