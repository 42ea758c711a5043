# -*- test-case-name: tests.starttls.test_xmpp,tests.starttls.test_properties -*-
"""
XMPP, between clients and servers and between servers: STARTTLS among the features of a stream (RFC
6120 section 5).  Pure; used in the servers.

After TLS the client begins another stream, and the application gets it on a new connection.  Where
the client's first words are something else than starttls, and TLS is not required, nothing is
understood any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from sslpool.starttls.contract import Negotiator, Refusal, Security, StartTls

NAMESPACE = b"urn:ietf:params:xml:ns:xmpp-tls"
LONGEST = 65536
"""
The most octets of the application that are kept: those of the features.
"""

HEADER = 8192
"""
The most octets of the client that are kept: those of the beginning of a stream.
"""

TLS_RECORD = 0x16

#: A tag, or an instruction; attributes may hold a C{>}.
_MARKUP = re.compile(rb"<(?:\?[^>]*\?|(/?)([A-Za-z_][\w.:-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(/?))>")

_CONDITIONS = {
    Refusal.INJECTION: b"policy-violation",
    Refusal.UNASKED: b"not-well-formed",
    Refusal.MALFORMED: b"not-well-formed",
    Refusal.DECLINED: b"policy-violation",
    Refusal.LATE: b"connection-timeout",
    Refusal.APPLICATION: b"internal-server-error",
    Refusal.GONE: b"remote-connection-failed",
}

_HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
_START = StartTls(
    b"<proceed xmlns='%s'/>" % NAMESPACE, b"<failure xmlns='%s'/></stream:stream>" % NAMESPACE, anew=True
)


@frozen
class Tag:
    """
    A tag.

    @ivar octets: itself, with what stands before it.
    @ivar name: its name without a prefix; empty for an instruction.
    @ivar opens: how much deeper what follows it stands: 1, 0 or -1.
    """

    octets: bytes
    name: bytes
    opens: int


class Stream:
    """
    What came from one side, as tags.

    @ivar broken: it is not what XMPP permits.
    @param limit: the most octets of it that are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = b""
        self.broken = False

    def feed(self, octets: bytes) -> None:
        """
        More has come.
        """
        self._buffer += octets

    def take(self) -> bytes:
        """
        Return what has not been taken.
        """
        taken, self._buffer = self._buffer, b""
        return taken

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def partial(self) -> bool:
        """
        A tag has begun.
        """
        return bool(self._buffer.strip())

    def tags(self) -> Iterator[Tag]:
        """
        Take the tags that have come.
        """
        while (begin := self._buffer.find(b"<")) >= 0:
            match = _MARKUP.match(self._buffer, begin)
            if match is None:
                break
            taken, self._buffer = self._buffer[: match.end()], self._buffer[match.end() :]
            name = (match[2] or b"").rpartition(b":")[2]
            yield Tag(taken, name, 0 if not match[2] or match[4] else -1 if match[1] else 1)
        rest = self._buffer.lstrip()
        # No comments, no declarations of types (RFC 6120 section 11.1); and no end of it.
        self.broken = rest[:2] == b"<!" or len(self._buffer) > self._limit


class Xmpp(Negotiator):
    """
    The beginning of a stream.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._client, self._application = Stream(HEADER), Stream(LONGEST)
        self._declared = self._begun = self._answered = self._featured = False
        self._request = b""
        self._features = b""
        self._depth = 0

    def lastWords(self, refusal: Refusal) -> bytes:
        """
        See L{Negotiator.lastWords}: a stream error, in a stream.
        """
        error = b"<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
        return (b"" if self._answered else _HEADER) + error % _CONDITIONS.get(refusal, _CONDITIONS[Refusal.GONE])

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: it is the client who begins.
        """
        return not self._begun or self._client.partial

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        if not self._begun and octets[0] == TLS_RECORD:
            self.refuse(Refusal.UNASKED)
            return
        if self.held:
            self.refuse(Refusal.INJECTION)
            return
        self._client.feed(octets)
        for tag in self._client.tags():
            if not self._begun:
                self._open(tag)
            else:
                self._element(tag)
            if self.over or self.start is not None or self.transparent or self.held:
                return
        if self._client.broken:
            self.refuse(Refusal.MALFORMED)

    def _open(self, tag: Tag) -> None:
        if (tag.name != b"stream" or tag.opens != 1) if tag.name else self._declared:
            self.refuse(Refusal.MALFORMED)
            return
        self._declared = True
        self._begun = bool(tag.name)
        self.toApplication(tag.octets)

    def _element(self, tag: Tag) -> None:
        if self._request or (tag.name == b"starttls" and NAMESPACE in tag.octets):
            self._request += tag.octets
            # Either an empty element, or its begin and its end.
            if tag.opens == 1 and self._request == tag.octets:
                return
            self._askedForTls(tag)
        elif self.security is Security.REQUIRED and tag.opens >= 0:
            self.refuse(Refusal.DECLINED)
        else:
            self.transparent = True
            self.toApplication(tag.octets + self._client.take())

    def _askedForTls(self, tag: Tag) -> None:
        if tag.name != b"starttls" or tag.opens == 1:
            self.refuse(Refusal.MALFORMED)
        elif len(self._client):
            self.refuse(Refusal.INJECTION)
        elif self._featured:
            self.startTls(_START)
        else:
            self.held = True

    # From the application

    def _heardApplication(self, octets: bytes) -> None:
        self._application.feed(octets)
        for tag in self._application.tags():
            self._reply(tag)
            if self.over or self.transparent:
                break
        if self._featured and not self._features:
            self.toClient(self._application.take())
        elif self._application.broken or len(self._features) > LONGEST:
            self.refuse(Refusal.APPLICATION)

    def _reply(self, tag: Tag) -> None:
        if not self._begun:
            self.refuse(Refusal.APPLICATION)
        elif self._features or (tag.name == b"features" and not self._featured):
            self._feature(tag)
        else:
            self._answered |= tag.name == b"stream"
            self.toClient(tag.octets)

    def _feature(self, tag: Tag) -> None:
        self._features += tag.octets
        self._depth += tag.opens
        if self._depth == 0:
            self._featured = True
            features, self._features = self._features, b""
            self.toClient(self._announced(features))
            if self.held:
                self.startTls(_START)

    def _announced(self, features: bytes) -> bytes:
        """
        Return the features with what there is here.
        """
        tags = list(_MARKUP.finditer(features))
        first = tags[0]
        name = first[2]
        begin = features[: first.end()].replace(b"/>", b">") if first[4] else features[: first.end()]
        others = b"" if first[4] else features[first.end() : tags[-1].start()]
        others = re.sub(rb"<starttls\b[^>]*(?:/>|>.*?</starttls>)", b"", others, flags=re.DOTALL)
        required = self.security is Security.REQUIRED
        ours = b"<starttls xmlns='%s'>%s</starttls>" % (NAMESPACE, b"<required/>" if required else b"")
        return begin + ours + (b"" if required else others) + b"</%s>" % name

    # The rest

    def _nowSecure(self) -> None:
        super()._nowSecure()
        self.transparent = True

    def _stillClear(self) -> None:
        super()._stillClear()
        self.refuse(Refusal.GONE)

    def _kept(self) -> bytes:
        return b"" if self._request else self._client.take()
