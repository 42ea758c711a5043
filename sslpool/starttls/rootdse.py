# -*- test-case-name: tests.starttls.test_ldap -*-
"""
The root DSE of an LDAP directory, where the extensions are listed (RFC 4512 section 5.1).  Pure; used in the servers.
"""

from __future__ import annotations

from sslpool.starttls import ber

ATTRIBUTE = b"supportedExtension"
OID = b"1.3.6.1.4.1.1466.20037"

_BASE = b"\0"
#: The fields of a search but for its filter, by their tags: base, scope, aliases, two limits, kind, attributes.
_FIELDS = (ber.OCTETS, ber.ENUMERATED, ber.ENUMERATED, ber.INTEGER, ber.INTEGER, ber.BOOLEAN, ber.SEQUENCE)


def wanted(octets: bytes, operation: ber.Element) -> bool | None:
    """
    Return whether a search asks for the extensions of the root DSE; C{None} where it is no search
    for the root DSE at all.

    @raise ber.Malformed: it is no search.
    """
    fields = list(ber.parts(octets, operation))
    if len(fields) != 8 or tuple(each.tag for each in (*fields[:6], fields[7])) != _FIELDS:
        raise ber.Malformed("search")
    base, scope, *_, typesOnly, _, attributes = fields
    if base.length or ber.content(octets, scope) != _BASE:
        return None
    names = {ber.content(octets, each).lower() for each in ber.parts(octets, attributes)}
    return bool(names & {b"+", ATTRIBUTE.lower()}) and ber.content(octets, typesOnly) == b"\0"


def announced(octets: bytes, operation: ber.Element, wanted: bool, offered: bool) -> bytes:
    """
    Return an entry of the root DSE with StartTLS among its extensions, or without it.

    @param octets: the whole message.
    @param operation: the entry in it.
    @param wanted: the extensions were asked for.
    @param offered: StartTLS is there to be used.
    @raise ber.Malformed: it is no entry.
    """
    fields = list(ber.parts(octets, operation))
    if len(fields) != 2:
        raise ber.Malformed("entry")
    name, attributes = fields
    envelope = ber.whole(octets, 0, len(octets))
    if not wanted or name.length:
        return octets
    others, values = _attributes(octets, attributes)
    values = [each for each in values if each != OID]
    if offered:
        values.append(OID)
    if values:
        others.append(
            ber.encoded(
                ber.SEQUENCE,
                ber.encoded(ber.OCTETS, ATTRIBUTE),
                ber.encoded(ber.SET, *(ber.encoded(ber.OCTETS, each) for each in values)),
            )
        )
    entry = ber.encoded(operation.tag, ber.encoded(ber.OCTETS), ber.encoded(ber.SEQUENCE, *others))
    identifier = ber.whole(octets, envelope.begin, envelope.end)
    return ber.encoded(
        ber.SEQUENCE, octets[envelope.begin : identifier.end], entry, octets[operation.end : envelope.end]
    )


def _attributes(octets: bytes, attributes: ber.Element) -> tuple[list[bytes], list[bytes]]:
    """
    Return the encoded attributes other than the extensions, and the extensions.
    """
    others: list[bytes] = []
    values: list[bytes] = []
    at = attributes.begin
    for attribute in ber.parts(octets, attributes):
        kind, *sets = ber.parts(octets, attribute)
        if ber.content(octets, kind).lower() == ATTRIBUTE.lower() and sets:
            values += [ber.content(octets, each) for each in ber.parts(octets, sets[0])]
        else:
            others.append(octets[at : attribute.end])
        at = attribute.end
    return others, values
