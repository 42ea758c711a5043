# -*- test-case-name: tests.keydb.test_names -*-
"""
Names of certificates (X.501): as text to be shown, and in the form in which OpenSSL compares them.
Pure; any process.

Strict parsers refuse many names that authorities have written for decades: C{_} or C{@} in a
PrintableString, Latin-1 in a TeletexString, types that are no strings.  A name is to be shown; it
decides nothing, and whatever it holds, there is a text for it.
"""

from __future__ import annotations

from functools import cached_property

from attrs import frozen
from cryptography.x509.oid import NameOID

from sslpool.keydb.armour import elements, enclosed

_UTF8, _NUMERIC, _PRINTABLE, _TELETEX, _IA5, _VISIBLE, _UNIVERSAL, _BMP = 12, 18, 19, 20, 22, 26, 28, 30
_OCTET_WISE = frozenset({_UTF8, _NUMERIC, _PRINTABLE, _TELETEX, _IA5, _VISIBLE})
_COMPARED = dict.fromkeys((_PRINTABLE, _TELETEX, _IA5, _VISIBLE), "latin-1") | {
    _UTF8: "utf-8",
    _BMP: "utf-16-be",
    _UNIVERSAL: "utf-32-be",
}
"""
How OpenSSL reads a string to compare it, by its tag; others are compared octet by octet.
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


COMMON_NAME = NameOID.COMMON_NAME.dotted_string
UNIT = NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string
_EMPTY = enclosed(0x30, b"")


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
        The value as text; C{None} where it is no string, or none that can be decoded.
        """
        encoding = {_BMP: "utf-16-be", _UNIVERSAL: "utf-32-be"}.get(self.tag)
        try:
            if encoding is not None:
                return self.octets.decode(encoding)
            if self.tag not in _OCTET_WISE:
                return None
            return self.octets.decode("utf-8")
        except UnicodeDecodeError:
            # What a TeletexString holds is Latin-1 wherever it is not ASCII.
            return self.octets.decode("latin-1") if self.tag == _TELETEX else None

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
        What is compared (OpenSSL's C{X509_NAME_cmp}): of strings neither type nor ASCII case nor the
        number of spaces.
        """
        codec = _COMPARED.get(self.tag)
        try:
            text = None if codec is None else self.octets.decode(codec)
        except UnicodeDecodeError:
            text = None
        if text is None:
            return self.kind, self.tag, self.octets
        folded = "".join(each.lower() if each.isascii() else each for each in text)
        return self.kind, 0, " ".join(folded.split()).encode("utf-8", "surrogatepass")


@frozen(eq=False)
class Name:
    """
    The name of a subject or issuer.

    Two are equal where OpenSSL takes them for the same.

    @ivar der: the name as it stands in the certificate.
    """

    der: bytes

    @cached_property
    def parts(self) -> tuple[tuple[Attribute, ...], ...]:
        """
        The attributes, those that stand together together; none where it cannot be read.
        """
        try:
            [(_, name)] = elements(self.der)
            return tuple(tuple(_attribute(each) for _, each in elements(part)) for _, part in elements(name))
        except (IndexError, ValueError):
            return ()

    @cached_property
    def text(self) -> str:
        """
        The name by RFC 4514; empty where it has no parts.
        """
        if not self.parts and self.der != _EMPTY:
            return f"#{self.der.hex()}"
        return ",".join("+".join(each.shown for each in part) for part in reversed(self.parts))

    def values(self, kind: str) -> list[str]:
        """
        Return the values of the attributes of C{kind}, a dotted object identifier, in the name's order:
        those that are text.
        """
        found = (each.text for part in self.parts for each in part if each.kind == kind)
        return [text for text in found if text is not None]

    @cached_property
    def canonical(self) -> object:
        """
        What is compared.
        """
        return tuple(frozenset(each.canonical for each in part) for part in self.parts) or self.der

    def __bool__(self) -> bool:
        return self.der != _EMPTY

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.canonical == other.canonical

    def __hash__(self) -> int:
        return hash(self.canonical)


def _attribute(content: bytes) -> Attribute:
    (_, kind), (tag, value) = elements(content)
    return Attribute(dotted(kind), tag, value)


def dotted(identifier: bytes) -> str:
    """
    Return an object identifier as it is written (X.690 section 8.19).

    @param identifier: the body of its element.
    @raise ValueError: its end is missing.
    """
    arcs, arc = [], 0
    for octet in identifier:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    if not identifier or identifier[-1] & 0x80:
        raise ValueError("an object identifier without end")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


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
