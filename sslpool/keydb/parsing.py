# -*- test-case-name: tests.keydb.test_parsing -*-
"""
What a file of certificates and keys holds, in whichever format: the one reader for all of them.  Pure; any process.

Neither the name of a file nor the names of the parts of PEM matter, but what is in them: certificates, private
keys and revocation lists as PEM, DER, PKCS #7 or PKCS #12, or base64 of these.  What is found is L{Contents};
L{assemble} says which certificate is a key's and which stand above it, whatever their order was.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sslpool.keydb.armor import bodyOf, childrenOf, definite, element, elements, enclosed, endsEarly
from sslpool.keydb.certificate import MALFORMED, Certificate
from sslpool.keydb.chains import Issuers, belongs, chained
from sslpool.keydb.foreignfiles import ForeignFile, foreignFileAmong, foreignFileIn
from sslpool.keydb.keykinds import PRIVATE_KEYS, Kind, kindOf
from sslpool.keydb.pem import Malformed, Part, partsIn, withoutLines
from sslpool.keydb.pfx import readPfx
from sslpool.keydb.privatekeys import isEncrypted, isPrivateKey, readKey
from sslpool.keydb.records import Credential, PrivateKey, examine
from sslpool.keydb.revocationlist import RevocationList
from sslpool.messages import OperatorError, operatorError
from sslpool.reasons import reasonOf

NEEDS_PASSWORD = frozenset({"SSLP343E", "SSLP821E"})
"""
The messages that say that a password is needed and none was given.
"""

_BOM = b"\xef\xbb\xbf"
_PEM = b"-----BEGIN "
_SEQUENCE, _CERTIFICATES, _LISTS = 0x30, 0xA0, 0xA1
_INDEFINITE = b"\x30\x80"
_CERTIFICATE = b"CERTIFICATE"
_EXPECTED = {b"X509 CRL": "revocation list", b"PKCS7": "PKCS #7 file", b"PKCS12": "PKCS #12 file"}


@frozen
class FoundKey:
    """
    A private key in a file.

    @ivar key: the key; never shown by C{repr}.
    @ivar name: the name that the file gives it, or empty.
    """

    key: PrivateKey = field(repr=False)
    name: str = ""


@frozen
class Contents:
    """
    Everything that a file holds, each once.

    @ivar certificates: the certificates, in the file's order.
    @ivar keys: the private keys.
    @ivar lists: the revocation lists.
    @ivar names: the names that the file gives to certificates.
    @ivar isPkcs12: some of it was in PKCS #12.
    @ivar hasPlainKey: there is a private key that can be read without a password.
    @ivar foreign: what of it is other programs'.
    @ivar damaged: why certificates in it cannot be read.
    """

    certificates: tuple[Certificate, ...] = ()
    keys: tuple[FoundKey, ...] = ()
    lists: tuple[RevocationList, ...] = ()
    names: Mapping[Certificate, str] = field(factory=dict)
    isPkcs12: bool = False
    hasPlainKey: bool = False
    foreign: tuple[ForeignFile, ...] = ()
    damaged: tuple[OperatorError, ...] = ()

    @property
    def whole(self) -> Contents:
        """
        The same, where each certificate can be read.

        @raise sslpool.messages.OperatorError: SSLP345E, one cannot.
        """
        if self.damaged:
            raise self.damaged[0]
        return self

    @classmethod
    def together(cls, found: Iterable[Contents]) -> Contents:
        """
        Return what several files, or parts of one, hold together.
        """
        every = list(found)
        keys = {publicOctets(key.key.public_key()): key for each in reversed(every) for key in reversed(each.keys)}
        return cls(
            tuple(dict.fromkeys(certificate for each in every for certificate in each.certificates)),
            tuple(reversed(keys.values())),
            tuple(dict.fromkeys(revocations for each in every for revocations in each.lists)),
            {certificate: name for each in reversed(every) for certificate, name in each.names.items()},
            any(each.isPkcs12 for each in every),
            any(each.hasPlainKey for each in every),
            tuple(found for each in every for found in each.foreign),
            tuple(error for each in every for error in each.damaged),
        )


def publicOctets(key: Any) -> bytes:
    """
    Return a public key as octets, by which keys can be told apart.
    """
    octets: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def parse(data: bytes, password: str | None, source: str, withKeys: bool = True) -> Contents:
    """
    Return what a file holds.

    @param password: for the file or for private keys in it, if they are encrypted.
    @param source: what to call it in messages.
    @param withKeys: otherwise private keys are not looked at, as far as they stand by themselves, and a certificate
        that cannot be read spoils no other.
    @raise sslpool.messages.OperatorError: SSLP343E to SSLP348E, SSLP353E, SSLP820E to SSLP823E; it cannot be read.
    """
    parts = partsOf(data, source)
    found = Contents.together(_contentsOf(part, password, source, withKeys) for part in parts)
    if withKeys or not (found.certificates or found.lists):
        found = found.whole
    if not (found.certificates or found.keys or found.lists or any(map(isPrivateKey, parts))):
        raise _unknown(parts, source)
    return found


def parseCertificates(data: bytes, source: str, password: str | None = None) -> tuple[Certificate, ...]:
    """
    Return the certificates in a file, of which there is at least one.

    @raise sslpool.messages.OperatorError: SSLP340E none, and as L{parse}.
    """
    found = parse(data, password, source, withKeys=False).whole.certificates
    if not found:
        raise operatorError("SSLP340E", source=source)
    return found


def isSealed(data: bytes) -> bool:
    """
    Whether some of a file can only be read with a password, or perhaps so.
    """
    try:
        return any(isEncrypted(part) or kindOf(part.octets) is Kind.PKCS12 for part in partsOf(data, ""))
    except OperatorError:
        return False


def isForeign(data: bytes) -> bool:
    """
    Whether nothing is known of what a file holds, not even whose it is.
    """
    try:
        return not partsOf(data, "")
    except OperatorError as error:
        return error.said.id == "SSLP345E"


def partsOf(data: bytes, source: str) -> list[Part]:
    """
    Return the parts of a file, whether it is text or binary; those of a binary one have no names.

    @raise sslpool.messages.OperatorError: SSLP345E damaged, SSLP348E empty, SSLP823E of another program.
    """
    if not data.strip():
        raise operatorError("SSLP348E", source=source)
    try:
        if parts := _binaryParts(data) or list(partsIn(data)):
            return [evolve(part, octets=_first(part)) for part in parts]
    except Malformed as error:
        raise operatorError("SSLP345E", source=source, detail=error) from None
    bare = withoutLines(data.removeprefix(_BOM))
    der = bare if bare and bare[0] == _SEQUENCE else data
    if parts := _binaryParts(der):
        return parts
    if bare and _PEM in bare:
        # So Kubernetes keeps it.
        return partsOf(bare, source)
    if found := foreignFileIn(data):
        raise _foreignError(found, source)
    if der[0] == _SEQUENCE:
        detail = "its end is missing" if _endsEarly(der) else "it is damaged"
        raise operatorError("SSLP345E", source=source, detail=detail)
    raise operatorError("SSLP345E", source=source, detail="it is not PEM, DER, or PKCS #12")


def _endsEarly(data: bytes) -> bool:
    return len(data) < 6 or endsEarly(data)


def _binaryParts(data: bytes) -> list[Part]:
    """
    Return the elements of DER, or of BER; none where C{data} is no such.  What follows the last is passed over.
    """
    parts: list[Part] = []
    try:
        if data.startswith(_INDEFINITE):
            data = definite(data)
        at = 0
        while data[at : at + 1] == bytes([_SEQUENCE]):
            end = element(data, at)[2]
            parts.append(Part(b"", data[at:end]))
            at = end
    except (IndexError, ValueError):
        pass
    return parts if parts and kindOf(parts[0].octets) is not Kind.OTHER else []


def _first(part: Part) -> bytes:
    """
    Return the octets of a part without what may follow them, as trust does in C{TRUSTED CERTIFICATE}.
    """
    if part.headers:
        return part.octets
    found = _binaryParts(part.octets)
    return found[0].octets if found else part.octets


def _contentsOf(part: Part, password: str | None, source: str, withKeys: bool) -> Contents:
    """
    Return what one part holds.
    """
    if isPrivateKey(part):
        if not withKeys:
            return Contents()
        key = readKey(part, password, source)
        return Contents(keys=(FoundKey(key, part.name),), hasPlainKey=not isEncrypted(part))
    kind = kindOf(part.octets)
    if kind is Kind.CERTIFICATE or (kind is Kind.OTHER and part.kind.endswith(_CERTIFICATE)):
        return _certificate(part.octets, source, part.name)
    if kind is Kind.REVOCATIONS:
        return Contents(lists=(_list(part.octets, source),))
    if kind is Kind.PKCS12:
        return _pfx(part.octets, password, source)
    return _signedData(part.octets, source) if kind is Kind.PKCS7 else _foreign(part, source)


def _foreign(part: Part, source: str) -> Contents:
    if damaged := _meantAs(part):
        raise operatorError("SSLP345E", source=source, detail=f"a {damaged} in it is damaged")
    found = foreignFileAmong([(part.kind, kindOf(part.octets))])
    return Contents(foreign=() if found is None else (found,))


def _meantAs(part: Part) -> str:
    """
    Return what a part should have been by its name; empty where that is nothing which is read here.
    """
    if kindOf(part.octets) is not Kind.OTHER:
        return ""
    if part.kind in PRIVATE_KEYS.values():
        return "private key"
    return _EXPECTED.get(part.kind, "")


def _pfx(octets: bytes, password: str | None, source: str) -> Contents:
    found = readPfx(octets, password, source)
    certificates = tuple(_usable(certificate, source) for certificate, _ in found.certificates)
    names = {certificate: name for certificate, name in found.certificates if name}
    keys = tuple(FoundKey(key, name) for key, name in found.keys)
    return Contents(certificates, keys, names=names, isPkcs12=True, hasPlainKey=bool(keys) and not password)


def _signedData(octets: bytes, source: str) -> Contents:
    """
    Return what PKCS #7 holds (RFC 2315 section 9.1).
    """
    found: list[Contents] = []
    try:
        for tag, body in elements(bodyOf(bodyOf(childrenOf(definite(octets))[1]))):
            if tag == _CERTIFICATES:
                found += [_certificate(each, source) for each in _sequences(body)]
            elif tag == _LISTS:
                found.append(Contents(lists=tuple(_list(each, source) for each in _sequences(body))))
    except (IndexError, ValueError):
        raise operatorError("SSLP345E", source=source, detail="a PKCS #7 file in it is damaged") from None
    return Contents.together(found)


def _sequences(body: bytes) -> Iterator[bytes]:
    return (enclosed(tag, each) for tag, each in elements(body) if tag == _SEQUENCE)


def _certificate(octets: bytes, source: str, name: str = "") -> Contents:
    try:
        certificate = _usable(Certificate.of(octets), source)
    except MALFORMED as error:
        detail = f"a certificate in it: {reasonOf(error)}"
        return Contents(damaged=(operatorError("SSLP345E", source=source, detail=detail),))
    except OperatorError as error:
        return Contents(damaged=(error,))
    return Contents((certificate,), names={certificate: name} if name else {})


def _usable(certificate: Certificate, source: str) -> Certificate:
    # A certificate is decoded piece by piece when it is looked at; look at all that is shown later.
    try:
        examine(certificate)
    except MALFORMED as error:
        raise operatorError("SSLP345E", source=source, detail=f"a certificate in it: {reasonOf(error)}") from None
    return certificate


def _list(octets: bytes, source: str) -> RevocationList:
    try:
        found = RevocationList(octets)
        # Its entries are decoded when they are looked at.
        found.partial()
    except MALFORMED as error:
        raise operatorError("SSLP345E", source=source, detail=f"a revocation list in it: {reasonOf(error)}") from None
    return found


def _unknown(parts: list[Part], source: str) -> OperatorError:
    """
    Return why nothing of what a file holds can be used.
    """
    found = foreignFileAmong((part.kind, kindOf(part.octets)) for part in parts)
    return operatorError("SSLP340E", source=source) if found is None else _foreignError(found, source)


def _foreignError(found: ForeignFile, source: str) -> OperatorError:
    return operatorError("SSLP823E", source=source, what=found.what, step=found.step)


def credentialsIn(contents: Contents, source: str) -> list[Credential]:
    """
    Return every private key with the certificate that belongs to it, and those above that in order, under the
    name that the file gives it, which may be empty.  Other certificates are left out.

    @raise sslpool.messages.OperatorError: SSLP340E no certificate, SSLP341E no private key, SSLP342E they do not
        belong together, SSLP824E that cannot be known.
    """
    if not contents.keys and contents.foreign:
        raise _foreignError(contents.foreign[0], source)
    if not contents.certificates:
        raise operatorError("SSLP340E", source=source)
    if not contents.keys:
        raise operatorError("SSLP341E", source=source)
    found = []
    issuers = Issuers(contents.certificates)
    for each in contents.keys:
        leaf = next((certificate for certificate in contents.certificates if belongs(each.key, certificate)), None)
        if leaf is not None:
            name = each.name or contents.names.get(leaf, "")
            alone = Credential(name, leaf, (), each.key)
            found.append(chained(alone, issuers, time.time()))
    if not found:
        raise _unpaired(contents, source)
    return found


def assemble(label: str, contents: Contents, source: str) -> Credential:
    """
    Return the credential in a file, to be stored as C{label}: of several the one that the file calls so.

    @raise sslpool.messages.OperatorError: SSLP346E there are several, and as L{credentialsIn}.
    """
    found = credentialsIn(contents, source)
    if len(found) > 1:
        names = ", ".join(each.label or each.certificate.shown for each in found)
        count = len(found)
        found = [each for each in found if label and each.label.upper() == label.upper()]
        if len(found) != 1:
            raise operatorError("SSLP346E", source=source, count=count, names=names)
    return evolve(found[0], label=label)


def _unpaired(contents: Contents, source: str) -> OperatorError:
    for certificate in contents.certificates:
        try:
            certificate.publicKey()
        except MALFORMED as error:
            return operatorError("SSLP824E", source=source, subject=certificate.shown, reason=reasonOf(error))
    return operatorError("SSLP342E", source=source)
