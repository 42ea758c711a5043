# -*- test-case-name: tests.keydb.test_pfx -*-
"""
PKCS #12 (RFC 7292): everything that it holds, under the names that it gives.  Pure; servers and C{gskkyman}.

C{cryptography} opens it and checks it, but takes only one of several private keys: these are found here, as
they stand in the part that is not encrypted as a whole.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from attrs import frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from sslpool.keydb.armor import bodyOf, childrenOf, definite, endsEarly
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.pem import Part
from sslpool.keydb.privatekeys import isEncrypted, octetsOf, readKey, usable
from sslpool.keydb.records import PrivateKey
from sslpool.messages import OperatorError, operatorError
from sslpool.reasons import reasonOf

_DATA = bytes.fromhex("2a864886f70d010701")
_KEY_BAG, _SHROUDED_BAG = (bytes.fromhex("2a864886f70d010c0a01") + bytes([number]) for number in (1, 2))
_FRIENDLY_NAME = bytes.fromhex("2a864886f70d010914")
_KINDS = {_KEY_BAG: b"PRIVATE KEY", _SHROUDED_BAG: b"ENCRYPTED PRIVATE KEY"}
_WRONG_PASSWORD = "Invalid password"  # noqa: S105 - what the library says
_DAMAGED = "Could not deserialize"


@frozen
class Pfx:
    """
    What is in it.

    @ivar keys: the private keys, each with its name or an empty one.
    @ivar certificates: the certificates, likewise.
    """

    keys: tuple[tuple[PrivateKey, str], ...]
    certificates: tuple[tuple[Certificate, str], ...]


def readPfx(data: bytes, password: str | None, source: str) -> Pfx:
    """
    Read PKCS #12.

    @param password: its password; C{None} and empty are the same.
    @raise sslpool.messages.OperatorError: SSLP345E damaged, SSLP347E type of key, SSLP353E not the password,
        SSLP820E encrypted in a way that is not known, SSLP821E no password was given, SSLP822E it has a
        certificate that cannot be taken out of it.
    """
    if endsEarly(data):
        raise operatorError("SSLP345E", source=source, detail="its end is missing")
    parts = list(_keysIn(data))
    content = _opened(data, password, source, parts)
    entries = ([content.cert] if content.cert else []) + content.additional_certs
    certificates = tuple((Certificate.ofStrict(each.certificate), _text(each.friendly_name)) for each in entries)
    if len(parts) > 1:
        keys = tuple((readKey(part, password, source), part.name) for part in parts)
    elif content.key is not None:
        name = _text(content.cert.friendly_name if content.cert else None) or "".join(part.name for part in parts)
        keys = ((usable(content.key, source), name),)
    else:
        keys = ()
    return Pfx(keys, certificates)


def _opened(data: bytes, password: str | None, source: str, parts: list[Part]) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        with warnings.catch_warnings():
            # That a file is BER is nothing that its reader could change.
            warnings.simplefilter("ignore")
            return pkcs12.load_pkcs12(data, octetsOf(password) if password else None)
    except UnsupportedAlgorithm as error:
        raise operatorError("SSLP347E", source=source, kind=reasonOf(error)) from None
    except (ValueError, TypeError) as error:
        raise _refusal(str(error), password, source, parts) from None


def _refusal(reason: str, password: str | None, source: str, parts: list[Part]) -> OperatorError:
    """
    Return why it could not be opened, from what the library says, and from whether the password opens its keys.
    """
    if reason.startswith(_DAMAGED):
        return operatorError("SSLP345E", source=source, detail="it is damaged")
    if not reason.startswith(_WRONG_PASSWORD):
        return operatorError("SSLP822E", source=source)
    if not password:
        return operatorError("SSLP821E", source=source)
    try:
        for part in filter(isEncrypted, parts):
            readKey(part, password, source)
            return operatorError("SSLP345E", source=source, detail="its password is right, but it is damaged")
    except OperatorError as error:
        if error.said.id == "SSLP820E":
            return error
    return operatorError("SSLP353E", source=source)


def _text(name: bytes | None) -> str:
    return (name or b"").decode("utf-8", "replace")


def _keysIn(data: bytes) -> Iterator[Part]:
    """
    Yield the private keys that can be seen without the password.
    """
    try:
        yield from [*_keys(definite(data))]
    except (IndexError, ValueError):
        return


def _keys(data: bytes) -> Iterator[Part]:
    for content in childrenOf(definite(_explicit(childrenOf(childrenOf(data)[1])))):
        kind, inner = childrenOf(content)[:2]
        if bodyOf(kind) != _DATA:
            continue
        for bag in childrenOf(definite(bodyOf(bodyOf(inner)))):
            identifier, value, *attributes = childrenOf(bag)
            if name := _KINDS.get(bodyOf(identifier)):
                yield Part(name, bodyOf(value), _nameIn(attributes))


def _explicit(content: list[bytes]) -> bytes:
    # contentType, [0] EXPLICIT OCTET STRING
    return bodyOf(bodyOf(content[1]))


def _nameIn(attributes: list[bytes]) -> str:
    for attribute in [each for found in attributes for each in childrenOf(found)]:
        kind, values = childrenOf(attribute)
        if bodyOf(kind) == _FRIENDLY_NAME:
            return bodyOf(bodyOf(values)).decode("utf-16-be", "replace")
    return ""
