# -*- test-case-name: tests.keydb.test_pem -*-
"""
The parts of a text that holds PEM (RFC 7468), however other programs have written it.  Pure; any process.

Text before, between and behind the parts, ends of lines of any kind, blanks at their beginning and a
missing end of line between two parts make no difference.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from attrs import frozen

from sslpool.keydb.armor import armored

_BEGIN = re.compile(rb"-----BEGIN ([^\r\n]{1,64}?)-----")
_NAME = re.compile(rb"^[ \t]*friendlyName:[ \t]*([^\r\n]+)", re.MULTILINE)
_HEADER = re.compile(rb"^[A-Za-z][A-Za-z0-9-]*:.*$")
_TEXT = re.compile(rb"[A-Za-z0-9+/\s]+=*\s*")


class Malformed(ValueError):
    """
    It is no PEM; the text says why, to follow the name of the file and a colon.
    """


@frozen
class Part:
    """
    A part.

    @ivar kind: what stands after C{BEGIN}.
    @ivar octets: what it holds.
    @ivar name: what the text before it names it (C{friendlyName} of C{openssl pkcs12}), or empty.
    @ivar headers: the lines before its contents (RFC 1421), which say how it is encrypted.
    """

    kind: bytes
    octets: bytes
    name: str = ""
    headers: tuple[bytes, ...] = ()

    @property
    def text(self) -> bytes:
        """
        The part as OpenSSL reads it.
        """
        first, rest = armored(self.kind, self.octets).split(b"\n", 1)
        return b"\n".join([first, *self.headers, *([b""] if self.headers else []), rest])


def partsIn(text: bytes) -> Iterator[Part]:
    """
    Yield the parts of a text.

    @raise Malformed: one has no end, or is not base64.
    """
    at = 0
    while found := _BEGIN.search(text, at):
        kind = found[1]
        end = text.find(b"-----END %b-----" % kind, found.end())
        following = text.find(b"-----BEGIN ", found.end())
        if end < 0 or 0 <= following < end:
            raise Malformed(f"the part {kind.decode('ascii', 'replace')!r} has no end")
        names = _NAME.findall(text, at, found.start())
        name = names[-1].strip().decode("utf-8", "replace") if names else ""
        yield _part(kind, text[found.end() : end], name)
        at = end + len(kind) + 14


def _part(kind: bytes, body: bytes, name: str) -> Part:
    lines = [line.strip() for line in body.split()] if b":" not in body else _linesOf(body)
    headers = tuple(line for line in lines if _HEADER.match(line))
    try:
        octets = base64.b64decode(b"".join(lines[len(headers) :]), validate=True)
    except binascii.Error:
        raise Malformed(f"the part {kind.decode('ascii', 'replace')!r} is not base64") from None
    return Part(kind, octets, name, headers)


def _linesOf(body: bytes) -> list[bytes]:
    return [line for line in map(bytes.strip, body.splitlines()) if line]


def withoutLines(text: bytes) -> bytes | None:
    """
    Return what base64 holds that has no lines around it; C{None} where C{text} is something else.
    """
    if not _TEXT.fullmatch(text):
        return None
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None
