"""
Certificates as nobody should make them, and some have: a strategy for hypothesis over names, string types,
extensions, keys, dates, serial numbers, and the order of the parts of a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from attrs import evolve, frozen
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import strategies as st

from sslpool.keydb.armor import armored, enclosed
from sslpool.keydb.records import PrivateKey
from tests.derwriting import (
    ALTERNATIVES,
    AUTHORITY,
    AUTHORITY_KEY,
    BASIC,
    CN,
    CRL_POINTS,
    EXTENDED_USAGE,
    KEY_USAGE,
    NAME_CONSTRAINTS,
    ORGANIZATION,
    OU,
    SIGNING,
    SUBJECT_KEY,
    UTF8,
    Draft,
    Value,
    Written,
    alternatives,
    moment,
    name,
    nameOf,
)
from tests.doubles.certificates import keyPem, newKey

UTC_TIME, TIME = 23, 24


@cache
def keys() -> tuple[PrivateKey, ...]:
    """
    Return a key of each kind.
    """
    return (
        newKey(),
        rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP384R1()),
    )


@cache
def issuers() -> tuple[ec.EllipticCurvePrivateKey, ec.EllipticCurvePrivateKey]:
    """
    Return the keys of a root and of what is between.
    """
    return newKey(), newKey()


def public(key: PrivateKey) -> bytes:
    """
    Return the key as it stands in a certificate.
    """
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


TEXTS = st.sampled_from((b"www.example.com", b"a_b", b"a&b@c*", b"", b"two\nlines", b"a,b+c=d", b" a ", b"x" * 300))
OCTETS = (
    TEXTS
    | st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text("abü\0€", max_size=5).map(lambda text: text.encode("utf-16-be"))
    | st.sampled_from(("Grün".encode("latin-1"), "Grün".encode(), b"\xff\xfe", b"a\0b", b"\0ab"))
    | st.binary(max_size=8)
)
STRINGS = st.sampled_from((12, 12, 12, 19, 19, 20, 22, 26, 28, 30, 18, 3, 9, 21, 25, 4, 0x2C))
KINDS = st.sampled_from((CN, CN, ORGANIZATION, OU, "2.5.4.6", "1.2.840.113549.1.9.1", "2.999.1.16384"))
ORDINARY: st.SearchStrategy[Value] = st.tuples(KINDS, st.just(UTF8), TEXTS)
ATTRIBUTES: st.SearchStrategy[Value] = ORDINARY | st.tuples(KINDS, STRINGS, OCTETS)
NAMES = (
    st.lists(ORDINARY, min_size=1, max_size=3).map(lambda found: name(*found))
    | st.lists(st.lists(ATTRIBUTES, max_size=2), max_size=3).map(nameOf)
    | st.sampled_from((name(), name((CN, UTF8, b"www.example.com"))))
)
GENERAL = st.one_of(
    st.tuples(st.just(0x82), st.sampled_from((b"www.example.com", b"*.b.de", "ü.de".encode(), b"a\0b", b"", b" "))),
    st.tuples(st.just(0x87), st.sampled_from((bytes(4), bytes(16), bytes(5), b""))),
    st.tuples(st.just(0xA4), NAMES),
    st.tuples(st.sampled_from((0x81, 0x86, 0xA0, 0xA3, 0xA5, 0x88, 0x89)), OCTETS),
)
USAGES = tuple(bytes.fromhex(each) for each in ("03020780", "030205a0", "03020106", "0303070080", "0400", "030109", ""))
PURPOSES = tuple(
    bytes.fromhex(each) for each in ("300a06082b06010505070301", "300a06082b06010505070302", "3000", "3003060155", "05")
)
BASICS = tuple(
    bytes.fromhex(each) for each in ("3000", "30030101ff", "3003010100", "30060101ff020100", "300301010102", "05")
)


def _around(inner: bytes, *tags: int) -> bytes:
    for tag in reversed(tags):
        inner = enclosed(tag, inner)
    return inner


GENERAL_DER = GENERAL.map(lambda found: enclosed(*found))
EXTENSIONS: st.SearchStrategy[Written] = st.one_of(
    st.lists(GENERAL, max_size=3).map(lambda found: alternatives(*found)),
    st.tuples(st.just(KEY_USAGE), st.booleans(), st.sampled_from(USAGES)),
    st.tuples(st.just(EXTENDED_USAGE), st.booleans(), st.sampled_from(PURPOSES)),
    st.tuples(st.just(BASIC), st.booleans(), st.sampled_from(BASICS)),
    st.tuples(st.just(AUTHORITY_KEY), st.just(False), GENERAL_DER.map(lambda found: _around(found, 0x30, 0xA1))),
    st.tuples(st.just(NAME_CONSTRAINTS), st.booleans(), GENERAL_DER.map(lambda each: _around(each, 0x30, 0xA0, 0x30))),
    st.tuples(st.just(CRL_POINTS), st.just(False), GENERAL_DER.map(lambda each: _around(each, 0x30, 0x30, 0xA0, 0xA0))),
    st.tuples(
        st.sampled_from((SUBJECT_KEY, ALTERNATIVES, KEY_USAGE, "1.3.6.1.5.5.7.1.24", "2.999.1")),
        st.booleans(),
        st.binary(max_size=6),
    ),
)
SERIALS = st.sampled_from((b"\x01", b"\x7f" * 20, b"\0", b"\xff", b"\x80\0", b"\x7f" * 30, b"", b"\0\5", b"\xff\xff"))
BEGINS = st.one_of(
    st.sampled_from((moment(-1), moment(-1), moment(-1), moment(5))),
    st.sampled_from((enclosed(TIME, b"20200101000000Z"), enclosed(UTC_TIME, b"200101000000+0100"))),
)
ENDS = st.one_of(
    st.sampled_from((moment(30), moment(30), moment(30), moment(-1))),
    st.sampled_from((enclosed(TIME, b"99991231235959Z"), enclosed(TIME, b"20990101000000.5Z"))),
    st.sampled_from((enclosed(UTC_TIME, b"4901010000Z"), enclosed(UTC_TIME, b"491301000000Z"), enclosed(5, b""))),
)
SUBJECT_KEYS = st.sampled_from(
    (None, None, None, None, b"\x30\0", enclosed(0x30, bytes.fromhex("300506032b65700302") + b"\0a"))
)


@frozen
class File:
    """
    What somebody brings.

    @ivar octets: key, certificate and what is above it, as PEM, in any order.
    @ivar key: the key.
    @ivar certificate: the certificate, as DER.
    @ivar above: those above it.
    """

    octets: bytes
    key: PrivateKey
    certificate: bytes
    above: tuple[bytes, ...]


@st.composite
def drafts(draw: st.DrawFn, ordinary: bool) -> Draft:
    """
    Draw what a certificate says.

    @param ordinary: only a little of it is odd.
    """
    found = Draft(draw(st.sampled_from(keys())), extensions=(alternatives((0x82, b"www.example.com")),))
    parts: dict[str, st.SearchStrategy[Any]] = {
        "subject": NAMES,
        "extensions": st.lists(EXTENSIONS, max_size=4).map(tuple),
        "serial": SERIALS,
        "version": st.sampled_from((None, 0, 1, 2, 3)),
        "begin": BEGINS,
        "end": ENDS,
        "publicKey": SUBJECT_KEYS,
        "indefinite": st.booleans(),
    }
    odd = draw(st.sets(st.sampled_from(sorted(parts)), min_size=1, max_size=2 if ordinary else len(parts)))
    return evolve(found, **{each: draw(parts[each]) for each in sorted(odd)})


@st.composite
def files(draw: st.DrawFn) -> File:
    """
    Draw a file.
    """
    leaf = draw(drafts(draw(st.booleans())))
    root, between = issuers()
    above: list[bytes] = []
    issuer, signer = name((CN, UTF8, b"Generated Root")), root
    if draw(st.booleans()):
        extensions = (AUTHORITY, SIGNING, *draw(st.lists(EXTENSIONS, max_size=1)))
        middle = Draft(between, draw(NAMES), extensions)
        above.append(middle.signed(issuer, root))
        issuer, signer = middle.subject, between
    above.append(Draft(root, name((CN, UTF8, b"Generated Root"))).asAuthority().selfSigned())
    certificate = leaf.signed(issuer, signer)
    parts = [keyPem(leaf.key), *(armored(b"CERTIFICATE", each) for each in (certificate, *above))]
    return File(b"".join(draw(st.permutations(parts))), leaf.key, certificate, tuple(above))


def certificatesOf(found: File) -> Sequence[bytes]:
    """
    Return all certificates of a file.
    """
    return (found.certificate, *found.above)
