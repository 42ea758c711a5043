# -*- test-case-name: tests.starttls.test_xmpp,tests.starttls.test_properties -*-
"""
As much of XML as the streams of XMPP need (RFC 6120 sections 4 and 11): tags with their depth and
their namespace, and text between them, octet for octet.  Pure; used in the servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from html import unescape

from attrs import frozen

#: A tag, or an instruction; attributes may hold a C{>}.
_MARKUP = re.compile(rb"<(?:\?[^>]*\?|(/?)([A-Za-z_][\w.:-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(/?))>")
_ATTRIBUTE = re.compile(rb"([^\s=\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
#: Elements are known by namespace as deep as the children of a stream's children.
_KNOWN = 3


class Kind(Enum):
    """
    What a piece is.
    """

    TEXT = "text"
    INSTRUCTION = "instruction"
    BEGIN = "begin of an element"
    EMPTY = "empty element"
    END = "end of an element"


@frozen
class Piece:
    """
    A tag, or some text.

    @ivar octets: itself.
    @ivar kind: what it is.
    @ivar depth: how deep its element stands; 0 is the stream itself.  For text, how deep it is itself.
    @ivar name: the name as it is written.
    @ivar namespace: its namespace, where it is not deeper than the children of the stream's children.
    """

    octets: bytes
    kind: Kind
    depth: int
    name: bytes = b""
    namespace: str = ""

    @property
    def local(self) -> bytes:
        """
        The name without a prefix.
        """
        return self.name.rpartition(b":")[2]

    @property
    def begins(self) -> bool:
        """
        An element begins.
        """
        return self.kind in (Kind.BEGIN, Kind.EMPTY)


class Stream:
    """
    What came from one side.  Another stream may follow without an end of the first: after a login.

    @ivar broken: it is not what XMPP permits, or a tag is longer than that.
    @param limit: the most octets in a tag.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = b""
        self._scopes: list[dict[bytes, str]] = []
        self._depth = 0
        self._inData = False
        self.broken = False

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, octets: bytes) -> None:
        """
        More has come.
        """
        self._buffer += octets

    def take(self) -> bytes:
        """
        Return what has not been taken.
        """
        return self._cut(len(self._buffer))

    def pieces(self) -> Iterator[Piece]:
        """
        Take what has come.
        """
        while self._buffer and not self.broken:
            inData = self._inData
            piece = self._data() if inData else self._piece()
            if piece is None:
                self.broken = not inData and self._isBroken()
                return
            yield piece

    def _isBroken(self) -> bool:
        """
        Whether what has begun is too long, or a comment or a declaration of types (RFC 6120 section 11.1).
        """
        data = _CDATA.startswith(self._buffer[: len(_CDATA)])
        return len(self._buffer) > self._limit or (self._buffer[:2] == b"<!" and not data)

    def _cut(self, length: int) -> bytes:
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _text(self, length: int) -> Piece:
        return Piece(self._cut(length), Kind.TEXT, self._depth)

    def _data(self) -> Piece | None:
        """
        Take what there is of text that may hold anything.
        """
        end = self._buffer.find(_CDATA_END)
        self._inData = end < 0
        length = end + len(_CDATA_END) if end >= 0 else len(self._buffer) - len(_CDATA_END) + 1
        return self._text(length) if length > 0 else None

    def _piece(self) -> Piece | None:
        begin = self._buffer.find(b"<")
        if begin:
            return self._text(begin if begin > 0 else len(self._buffer))
        if self._buffer.startswith(_CDATA):
            self._inData = True
            return self._text(len(_CDATA))
        match = _MARKUP.match(self._buffer) if b">" in self._buffer else None
        return None if match is None else self._tag(match)

    def _tag(self, match: re.Match[bytes]) -> Piece:
        octets, name = self._cut(match.end()), match[2] or b""
        if not name:
            return Piece(octets, Kind.INSTRUCTION, self._depth)
        if match[1]:
            self._depth = max(self._depth - 1, 0)
            piece = Piece(octets, Kind.END, self._depth, name, self._namespace(name))
            del self._scopes[self._depth :]
            return piece
        if self._depth == 1 and name.rpartition(b":")[2] == b"stream":
            self._depth = 0
            self._scopes.clear()
        depth = self._depth
        namespace = ""
        if depth < _KNOWN:
            self._scopes.append(_declarations(match[3]))
            namespace = self._namespace(name)
        if match[4]:
            del self._scopes[depth:]
            return Piece(octets, Kind.EMPTY, depth, name, namespace)
        self._depth += 1
        return Piece(octets, Kind.BEGIN, depth, name, namespace)

    def _namespace(self, name: bytes) -> str:
        """
        Return the namespace of a name; empty where it has none, or its prefix none.
        """
        prefix = name.rpartition(b":")[0]
        return next((scope[prefix] for scope in reversed(self._scopes) if prefix in scope), "")


def _declarations(attributes: bytes) -> dict[bytes, str]:
    """
    Return the namespaces that a tag declares, by prefix.
    """
    found = {each[1]: each[2] or each[3] or b"" for each in _ATTRIBUTE.finditer(attributes)}
    return {
        name.removeprefix(b"xmlns").removeprefix(b":"): unescape(value.decode("utf-8", "replace"))
        for name, value in found.items()
        if name == b"xmlns" or name.startswith(b"xmlns:")
    }
