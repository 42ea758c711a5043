# -*- test-case-name: tests.keydb.test_privatekeys -*-
"""
Private keys as files hold them, read by the TLS library: it knows more ciphers than C{cryptography}, and
takes numbers that are an octet longer or shorter than their rules say.  Pure; servers and C{gskkyman}.
"""

from __future__ import annotations

from contextlib import suppress

from cryptography.exceptions import UnsupportedAlgorithm
from OpenSSL import crypto

from sslpool.keydb.armor import elements
from sslpool.keydb.keykinds import PRIVATE_KEYS, Kind, kindOf
from sslpool.keydb.names import dotted
from sslpool.keydb.pem import Part
from sslpool.keydb.records import PrivateKey
from sslpool.messages import operatorError
from sslpool.reasons import reasonOf

_DECRYPTING = ("digital envelope routines", "PEM routines")
_UNKNOWN = ("unsupported", "unknown")
_ENCRYPTED = b"ENCRYPTED"


def isPrivateKey(part: Part) -> bool:
    """
    Whether a part is a private key.
    """
    return bool(part.headers) or kindOf(part.octets) in PRIVATE_KEYS


def isEncrypted(part: Part) -> bool:
    """
    Whether the private key in a part needs a password.
    """
    return any(_ENCRYPTED in header for header in part.headers) or kindOf(part.octets) is Kind.ENCRYPTED_KEY


def readKey(part: Part, password: str | None, source: str) -> PrivateKey:
    """
    Return the private key in a part; what the part is called matters only where it is encrypted as a whole.

    @param password: for one that is encrypted.
    @param source: what to call the file in messages.
    @raise sslpool.messages.OperatorError: SSLP343E a password is missing, SSLP344E it is not right, SSLP345E it is
        damaged, SSLP347E of a type that is not used, SSLP820E encrypted in a way that is not known.
    """
    encrypted = isEncrypted(part)
    if encrypted and not password:
        raise operatorError("SSLP343E", source=source)
    kind = part.kind if part.headers else PRIVATE_KEYS[kindOf(part.octets)]
    text = Part(kind, part.octets, "", part.headers).text
    try:
        key = _loaded(text, octetsOf(password))
    except crypto.Error as error:
        if not encrypted:
            raise operatorError("SSLP345E", source=source, detail="its private key is damaged") from None
        if _isUnknown(error):
            raise operatorError("SSLP820E", source=source, cipher=_cipherOf(part)) from None
        raise operatorError("SSLP344E", source=source) from None
    return _usable(key, source)


def octetsOf(password: str | None) -> bytes:
    """
    Return a password as files are encrypted with it.
    """
    return (password or "").encode("utf-8", "surrogateescape")


def usable(key: object, source: str) -> PrivateKey:
    """
    Return a key that certificates for TLS can have.

    @raise sslpool.messages.OperatorError: SSLP347E, it is of another type.
    """
    if isinstance(key, PrivateKey):
        return key
    raise operatorError("SSLP347E", source=source, kind=type(key).__name__.removesuffix("PrivateKey"))


def _usable(key: crypto.PKey, source: str) -> PrivateKey:
    try:
        return usable(key.to_cryptography_key(), source)
    except (UnsupportedAlgorithm, TypeError) as error:
        raise operatorError("SSLP347E", source=source, kind=reasonOf(error)) from None
    except (ValueError, crypto.Error) as error:
        detail = f"its private key is damaged: {reasonOf(error)}"
        raise operatorError("SSLP345E", source=source, detail=detail) from None


def _loaded(text: bytes, password: bytes) -> crypto.PKey:
    # Without a function for the password the library would ask for it on the terminal.
    try:
        return crypto.load_privatekey(crypto.FILETYPE_PEM, text, lambda *_: password)
    except ValueError:  # the password is longer than the library takes
        raise crypto.Error([]) from None


def _isUnknown(error: crypto.Error) -> bool:
    """
    Whether the library has failed because it does not know how to decrypt something.
    """
    queue = error.args[0] if error.args else []
    return any(library in _DECRYPTING and reason.startswith(_UNKNOWN) for library, _, reason in queue)


def _cipherOf(part: Part) -> str:
    for header in part.headers:
        if header.startswith(b"DEK-Info:"):
            return header[9:].split(b",")[0].strip().decode("ascii", "replace")
    with suppress(ValueError, IndexError):
        if found := _identifiers(part.octets):
            return "/".join(found)
    return "an unknown cipher"


def _identifiers(algorithm: bytes) -> list[str]:
    """
    Return the object identifiers in an AlgorithmIdentifier, dotted.

    @raise ValueError: it is malformed; C{IndexError} likewise.
    """
    found: list[str] = []
    for tag, body in elements(algorithm):
        if tag == 0x06:
            found.append(dotted(body))
        elif tag == 0x30:
            found += _identifiers(body)
    return found
