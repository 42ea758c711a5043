# -*- test-case-name: tests.keydb.test_names -*-
"""
Names of certificates (X.501): as text to be shown, as values that rules compare, and in the form in
which OpenSSL compares them.  Pure; any process.

Strict parsers refuse many names that authorities have written for decades: C{_} or C{@} in a PrintableString, Latin-1
in a TeletexString, types that are no strings.  A name is to be shown; it decides nothing, and whatever it holds, there
is a text for it.  Where a rule asks for a value, only one counts of which there are no two readings.
"""

from __future__ import annotations

from functools import cached_property

from attrs import frozen
from cryptography.x509.oid import NameOID

from sslpool.keydb.armor import elements, enclosed

_BIT_STRING, _OBJECT_IDENTIFIER = 3, 6
_UTF8, _NUMERIC, _PRINTABLE, _TELETEX, _IA5, _VISIBLE, _UNIVERSAL, _BMP = 12, 18, 19, 20, 22, 26, 28, 30
_WIDE = {_UTF8: "utf-8", _BMP: "utf-16-be", _UNIVERSAL: "utf-32-be"}
_OCTET_WISE = frozenset({_NUMERIC, _PRINTABLE, _TELETEX, _IA5, _VISIBLE})
_FOLDED = _WIDE | dict.fromkeys((_PRINTABLE, _TELETEX, _IA5, _VISIBLE), "latin-1")
"""
How OpenSSL decodes the types that it compares as text; what is of another is compared as it stands
(C{asn1_string_canon} in crypto/x509/x_name.c).
"""

_TYPES = {21: "VideotexString", 25: "GraphicString", _VISIBLE: "VisibleString", 27: "GeneralString"}
_READ_BY_OPENSSL = frozenset({_BIT_STRING, 7, 8, 9, 11, 13, 14, 15, 29, *_FOLDED, _NUMERIC}) - {_VISIBLE}
"""
The types that a name may have for OpenSSL, C{B_ASN1_PRINTABLE} in asn1.h.
"""

_SHORT = {
    NameOID.COMMON_NAME.dotted_string: "CN",
    NameOID.LOCALITY_NAME.dotted_string: "L",
    NameOID.STATE_OR_PROVINCE_NAME.dotted_string: "ST",
    NameOID.ORGANIZATION_NAME.dotted_string: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string: "OU",
    NameOID.COUNTRY_NAME.dotted_string: "C",
    NameOID.STREET_ADDRESS.dotted_string: "STREET",
    NameOID.DOMAIN_COMPONENT.dotted_string: "DC",
    NameOID.USER_ID.dotted_string: "UID",
}
_ESCAPED = str.maketrans({each: f"\\{each}" for each in '\\"+,;<>'} | {"\0": "\\00"})
_MULTIPLE_OCTETS, _CONSTRUCTED = 0x1F, 0x20
_SET, _SEQUENCE = 0x31, 0x30
_LONGEST_IDENTIFIER = 256

COMMON_NAME = NameOID.COMMON_NAME.dotted_string
UNIT = NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string
LONGEST = 256
"""
The most characters of a name that are shown where others are shown beside it.
"""


@frozen
class Attribute:
    """
    One attribute of a name.

    @ivar kind: its object identifier, dotted.
    @ivar tag: the tag of its value (X.690).
    @ivar octets: the value, without tag and length.
    """

    kind: str
    tag: int
    octets: bytes

    @property
    def text(self) -> str | None:
        """
        The value as text to be shown; C{None} where it is no string, or none that can be decoded.
        """
        try:
            if self.tag in _WIDE:
                return self.octets.decode(_WIDE[self.tag])
            return self.octets.decode("utf-8") if self.tag in _OCTET_WISE else None
        except UnicodeDecodeError:
            # What has octets for characters, and is not ASCII, is Latin-1, as OpenSSL shows it too.
            return self.octets.decode("latin-1") if self.tag in _OCTET_WISE else None

    @property
    def value(self) -> str | None:
        """
        The value as rules compare it; C{None} where others might read another, or none.
        """
        text = self.text
        isPlain = self.tag in _WIDE or self.tag == _TELETEX or self.octets.isascii()
        return text if text is not None and isPlain and "\0" not in text else None

    @property
    def shown(self) -> str:
        """
        Kind and value by RFC 4514 section 2.4: the value in hexadecimal where it is no text.
        """
        kind, text = _SHORT.get(self.kind, self.kind), self.text
        if text is None:
            return f"{kind}=#{enclosed(self.tag, self.octets).hex()}"
        return f"{kind}={_escaped(text)}"

    @property
    def canonical(self) -> tuple[str, int, bytes]:
        """
        What is compared (OpenSSL's C{X509_NAME_cmp}): of strings neither type nor ASCII case nor the number of spaces.
        """
        if self.tag in _FOLDED:
            try:
                octets = self.octets.decode(_FOLDED[self.tag]).encode("utf-8")
            except UnicodeError:
                pass  # OpenSSL refuses it
            else:
                # Of octets, so that neither letters nor spaces count that are not ASCII.
                return self.kind, _UTF8, b" ".join(octets.lower().split())
        return self.kind, self.tag, self.octets

    @property
    def fault(self) -> str:
        """
        Why OpenSSL does not read it; empty where it does.
        """
        name = _SHORT.get(self.kind, self.kind)
        if self.tag & ~_CONSTRUCTED not in _READ_BY_OPENSSL:
            kind = _TYPES.get(self.tag, f"number {self.tag}")
            return f"{name} has the string type {kind}, which the TLS library cannot read"
        if self.tag in _WIDE:
            try:
                text = self.octets.decode(_WIDE[self.tag])
            except UnicodeDecodeError:
                text = None
            # In a BMPString every two octets are a character: it has no surrogates.
            if text is None or (self.tag == _BMP and 2 * len(text) != len(self.octets)):
                return f"{name} is damaged: it does not match its string type"
        return ""


LARGEST = 4 * 1024
"""
The most octets of a name that is read: a stranger may show one of a hundred thousand, again and again.
"""

Part = tuple[Attribute, ...]
"""
The attributes that stand together.
"""


@frozen(eq=False)
class Name:
    """
    The name of a subject or issuer.

    Two are equal where OpenSSL takes them for the same.

    @ivar der: the name as it stands in the certificate.
    """

    der: bytes

    @cached_property
    def _read(self) -> tuple[Part, ...] | None:
        """
        The attributes; C{None} where the name cannot be read, or is larger than any that an authority writes.
        """
        if len(self.der) > LARGEST:
            return None
        try:
            [(tag, name)] = elements(self.der)
            parts = [(inner, tuple(map(_attribute, elements(part)))) for inner, part in elements(name)]
        except (IndexError, ValueError):
            return None
        isName = tag == _SEQUENCE and all(inner == _SET for inner, _ in parts)
        return tuple(part for _, part in parts) if isName else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """
        The attributes, those that stand together together; none where it cannot be read.
        """
        return self._read or ()

    @cached_property
    def text(self) -> str:
        """
        The name by RFC 4514; in hexadecimal where it cannot be read, and empty where nothing is in it.
        """
        if self._read is None:
            return f"#{self.der.hex()}"
        return ",".join("+".join(each.shown for each in part) for part in reversed(self._read) if part)

    @property
    def shown(self) -> str:
        """
        The name where others are shown beside it: its beginning, if it is long.
        """
        return shortened(self.text)

    def attributes(self, kind: str) -> list[Attribute]:
        """
        Return the attributes of C{kind}, a dotted object identifier, in the name's order.
        """
        return [each for part in self.parts for each in part if each.kind == kind]

    def values(self, kind: str) -> list[str]:
        """
        Return what rules compare of the attributes of C{kind}, see L{Attribute.value}.
        """
        found = (each.value for each in self.attributes(kind))
        return [value for value in found if value is not None]

    @cached_property
    def canonical(self) -> object:
        """
        What is compared.
        """
        if self._read is None:
            return self.der
        return tuple(tuple(sorted(each.canonical for each in part)) for part in self._read if part)

    @property
    def fault(self) -> str:
        """
        Why OpenSSL does not read it; empty where nothing is known against it.
        """
        if self._read is None:
            return f"it is damaged, or has more than {LARGEST} octets"
        return next((each.fault for part in self._read for each in part if each.fault), "")

    def __bool__(self) -> bool:
        return bool(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.canonical == other.canonical

    def __hash__(self) -> int:
        return hash(self.canonical)


def _attribute(element: tuple[int, bytes]) -> Attribute:
    outer, content = element
    (inner, kind), (tag, value) = elements(content)
    if (outer, inner) != (_SEQUENCE, _OBJECT_IDENTIFIER) or tag & _MULTIPLE_OCTETS == _MULTIPLE_OCTETS:
        raise ValueError("no attribute")
    return Attribute(dotted(kind), tag, value)


def dotted(identifier: bytes) -> str:
    """
    Return an object identifier as it is written (X.690 section 8.19).

    @param identifier: the body of its element.
    @raise ValueError: its end is missing, or it is longer than any in use.
    """
    if len(identifier) > _LONGEST_IDENTIFIER:
        raise ValueError("an object identifier is too long")
    arcs, arc = [], 0
    for octet in identifier:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    if not identifier or identifier[-1] & 0x80:
        raise ValueError("an object identifier is incomplete")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def shortened(text: str) -> str:
    """
    Return a text, or its beginning where it is long.
    """
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _escaped(text: str) -> str:
    # RFC 4514 section 2.4; what would break a line is shown in hexadecimal as well.
    found = text.translate(_ESCAPED)
    if found[:1] in ("#", " "):
        found = "\\" + found
    if text.endswith(" ") and len(text) > 1:
        found = found[:-1] + "\\ "
    if found.isprintable():
        return found
    return "".join(each if each.isprintable() else _hexadecimal(each) for each in found)


def _hexadecimal(character: str) -> str:
    return "".join(f"\\{octet:02x}" for octet in character.encode("utf-8", "surrogatepass"))
