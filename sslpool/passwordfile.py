# -*- test-case-name: tests.test_passwordfile -*-
"""
The password file of the manhole: user IDs with what scrypt makes of their passwords.  Stack and C{sslpool password}.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from collections.abc import Collection, Mapping
from hashlib import scrypt

from attrs import frozen

from sslpool.config.values import isUserid
from sslpool.keydb.files import PRIVATE, replaceFile, writeNew
from sslpool.messages import OperatorError, operatorError

PASSWORD_FILE = "MANHOLE.PASSWD"  # noqa: S105
"""
The name of the file in the configuration directory.
"""

LARGEST = 1 << 20
COST, BLOCK, PARALLELISM = 1 << 15, 8, 1
_MEMORY = 256 * COST * BLOCK
_SCHEME = "scrypt"
_SALT, _KEY = 16, 32


@frozen
class Account:
    """
    What is known of a user's password.

    @ivar salt: what makes equal passwords differ.
    @ivar key: what scrypt has made of salt and password.
    """

    salt: bytes
    key: bytes

    def admits(self, password: bytes) -> bool:
        """
        Whether this is the password; it takes the same time whether or not.
        """
        return hmac.compare_digest(self.key, _derived(password, self.salt))


NOBODY = Account(bytes(_SALT), bytes(_KEY))
"""
Takes the time that a password takes, where there is none.
"""


def account(password: bytes) -> Account:
    """
    Return what is to be kept of a password.
    """
    salt = secrets.token_bytes(_SALT)
    return Account(salt, _derived(password, salt))


def _derived(password: bytes, salt: bytes) -> bytes:
    return scrypt(password, salt=salt, n=COST, r=BLOCK, p=PARALLELISM, maxmem=_MEMORY, dklen=_KEY)


def parseAccounts(text: str) -> dict[str, Account]:
    """
    Return the accounts in the text of a password file by user ID.

    @raise ValueError: a line is not an entry; the text says which, and not what it holds.
    """
    found: dict[str, Account] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        entry = _entry(words)
        if entry is None or words[0] in found:
            raise ValueError(f"line {number} is not an entry" if entry is None else f"line {number} repeats a user ID")
        found[words[0]] = entry
    return found


def _entry(words: list[str]) -> Account | None:
    if len(words) != 4 or not isUserid(words[0]) or words[0] != words[0].upper() or words[1] != _SCHEME:
        return None
    try:
        salt, key = bytes.fromhex(words[2]), bytes.fromhex(words[3])
    except ValueError:
        return None
    return Account(salt, key) if (len(salt), len(key)) == (_SALT, _KEY) else None


def accountsText(accounts: Mapping[str, Account]) -> str:
    """
    Return the text of a password file.
    """
    return "".join(
        f"{userid} {_SCHEME} {each.salt.hex()} {each.key.hex()}\n" for userid, each in sorted(accounts.items())
    )


def readAccounts(path: str) -> dict[str, Account]:
    """
    Return the accounts in a password file; none where there is no file.

    @raise OperatorError: SSLP650E it cannot be read, is malformed, or others may read or write it.
    """
    try:
        # Not to wait where somebody has put a pipe, nor to follow where a link leads.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            _checkPrivate(os.fstat(descriptor))
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError("it is too large")
        return parseAccounts(content.decode("ascii"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise operatorError("SSLP650E", path=path, reason="it is not a text file") from None
    except (OSError, ValueError) as error:
        raise operatorError("SSLP650E", path=path, reason=getattr(error, "strerror", None) or error) from None


def _checkPrivate(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a regular file")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ValueError(f"others can read or write it; its mode is {stat.S_IMODE(status.st_mode):o}")
    if status.st_uid not in (0, os.geteuid()):
        raise ValueError("it belongs to another user")


def setPassword(path: str, userid: str, password: bytes) -> None:
    """
    Give a user ID a password, in a file that is made where there is none.

    @raise OperatorError: as L{readAccounts}, SSLP314E it cannot be written.
    """
    accounts = {**readAccounts(path), userid: account(password)}
    content = accountsText(accounts).encode("ascii")
    if os.path.lexists(path):
        replaceFile(path, content, PRIVATE, path)
    else:
        writeNew(path, content, PRIVATE)


def shortcoming(path: str, obey: Collection[str]) -> str | None:
    """
    Return why nobody could log in to the manhole, if that is so.
    """
    if not obey:
        return "the OBEY list is empty"
    try:
        accounts = readAccounts(path)
    except OperatorError as error:
        return str(error)
    if accounts.keys() & set(obey):
        return None
    what = "has no password for a user ID in the OBEY list" if accounts else "does not exist or is empty"
    return f"{path} {what}"
