# -*- test-case-name: tests.starttls.test_xmpp,tests.starttls.test_properties -*-
"""
XMPP, between clients and servers and between servers: STARTTLS among the features of a stream (RFC
6120 section 5).  Pure; used in the servers.

After TLS the client begins another stream, and the application gets it on a new connection.  It is understood until the
login is over, and so is the first one where the client does not ask for TLS: what the application itself offers is
taken out of the features, and a request for it is refused (section 5.4.2.2).  All else goes through as it is.
"""

from __future__ import annotations

from sslpool.starttls.contract import Negotiator, Refusal, Security, StartTls
from sslpool.starttls.xmlstream import Kind, Piece, Stream

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-tls"
LONGEST = 65536
"""
The most octets of the application that are kept: those of the features, and of a tag.
"""

HEADER = 8192
"""
The most octets of the client that are kept: those of the beginning of a stream, and of a tag.
"""

TLS_RECORD = 0x16

#: The namespaces of logins (RFC 6120 section 6, XEP-0388).  With the first element of another one they are over.
_LOGINS = frozenset({"urn:ietf:params:xml:ns:xmpp-sasl", "urn:xmpp:sasl:2"})

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
_OURS = NAMESPACE.encode("ascii")
_FAILURE = b"<failure xmlns='%s'/>" % _OURS
_START = StartTls(b"<proceed xmlns='%s'/>" % _OURS, _FAILURE + b"</stream:stream>", anew=True)


def _isStartTls(piece: Piece) -> bool:
    return piece.local == b"starttls" and piece.namespace == NAMESPACE


class Xmpp(Negotiator):
    """
    A stream, until its login is over.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._begin()

    def _begin(self) -> None:
        """
        A stream is to begin.
        """
        self._client, self._application = Stream(HEADER), Stream(LONGEST)
        self._opened = self._root = b""
        self._declared = self._begun = self._asking = self._chosen = self._ended = False
        self._answered = self._featured = self._parting = False
        self._between = b""
        self._features: list[bytes] = []
        self._inFeatures = self._dropping = self._over = False

    def lastWords(self, refusal: Refusal) -> bytes:
        """
        See L{Negotiator.lastWords}: a stream error, in a stream; a failure where TLS is asked for again.
        """
        prefix = self._root.rpartition(b":")[0] + b":" if b":" in self._root else b""
        name = prefix + b"error" if self._answered else b"stream:error"
        condition = _CONDITIONS.get(refusal, _CONDITIONS[Refusal.GONE])
        error = b"<%s><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></%s>" % (name, condition, name)
        said = _FAILURE if refusal is Refusal.AGAIN else error
        return (b"" if self._answered else _HEADER) + said + b"</%s>" % (self._root or b"stream:stream")

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: it is the client who begins.
        """
        return not self._begun or (not self._chosen and bool(self._between.strip() or len(self._client)))

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        if not self._begun and octets[0] == TLS_RECORD and not self.secure:
            self.refuse(Refusal.UNASKED)
            return
        if self.held:
            self.refuse(Refusal.INJECTION)
            return
        if self._over:
            self.toApplication(octets)
            return
        self._client.feed(octets)
        for piece in self._client.pieces():
            self._said(piece)
            if self.over or self.start is not None or self._over or self.held:
                return
        if self._client.broken or len(self._between) > HEADER:
            self._clientBroken()

    def _clientBroken(self) -> None:
        if self._chosen:
            self._loginOver()
        else:
            self.refuse(Refusal.MALFORMED)

    def _said(self, piece: Piece) -> None:
        if self._chosen:
            self._more(piece)
        elif not self._begun:
            self._open(piece)
        elif not self._ended:
            self._choose(piece)
        elif piece.octets.strip():
            self.refuse(Refusal.DECLINED)

    def _open(self, piece: Piece) -> None:
        self._begun = piece.kind is Kind.BEGIN and piece.local == b"stream"
        declares = piece.kind is Kind.INSTRUCTION and piece.octets.startswith(b"<?xml ") and not self._declared
        if self._begun or declares:
            self._declared, self._opened = True, piece.name
            between, self._between = self._between, b""
            self.toApplication(between + piece.octets)
        elif piece.kind is Kind.TEXT and not piece.octets.strip():
            self._between += piece.octets
        else:
            self.refuse(Refusal.MALFORMED)

    def _choose(self, piece: Piece) -> None:
        """
        The client has begun its stream, and not said yet whether it wants TLS.
        """
        if self._asking:
            self._askedForTls(piece)
        elif piece.kind is Kind.TEXT:
            self._between += piece.octets
        elif piece.begins and _isStartTls(piece) and not self._between.strip():
            self._asking = True
            self._between = b""
            if piece.kind is Kind.EMPTY:
                self._askedForTls(piece)
        elif not self.demanded:
            self._chosen = True
            between, self._between = self._between, b""
            self.toApplication(between)
            self._more(piece)
        elif piece.kind is Kind.END and piece.name == self._opened and not self._between.strip():
            self._ended = True
            self.toApplication(piece.octets)
        else:
            self.refuse(Refusal.DECLINED)

    def _askedForTls(self, piece: Piece) -> None:
        if piece.kind is Kind.TEXT and not piece.octets.strip():
            return
        if not _isStartTls(piece) or piece.depth != 1:
            self.refuse(Refusal.MALFORMED)
        elif len(self._client):
            self.refuse(Refusal.INJECTION)
        elif self._featured:
            self.startTls(_START)
        else:
            self.held = True

    def _more(self, piece: Piece) -> None:
        """
        The client goes on where TLS is not to be asked for any more.
        """
        if piece.begins and piece.depth == 1 and _isStartTls(piece):
            self.refuse(Refusal.AGAIN)
            return
        self.toApplication(piece.octets)
        if piece.begins and piece.depth == 1 and piece.namespace not in _LOGINS:
            self._loginOver()

    def _loginOver(self) -> None:
        """
        The client says what is none of a login: nothing more of it is understood.
        """
        self._over = True
        self.toApplication(self._client.take())

    # From the application

    def _heardApplication(self, octets: bytes) -> None:
        self._application.feed(octets)
        for piece in self._application.pieces():
            self._replied(piece)
            if self.over or self.transparent:
                return
        if self._application.broken and self._chosen:
            self._becomeTransparent()
        elif self._application.broken or sum(map(len, self._features)) > LONGEST:
            self.refuse(Refusal.APPLICATION)

    def _replied(self, piece: Piece) -> None:
        if piece.begins and piece.depth == 0:
            self._answered, self._root = True, piece.name
        if self._chosen:
            self._answer(piece)
        elif not self._begun or (piece.begins and piece.depth == 0 and piece.local != b"stream"):
            self.refuse(Refusal.APPLICATION)
        elif not self._featured:
            self._announce(piece)
        elif self._isFarewell(piece):
            self.toClient(self._stripped(piece))
        else:
            self.refuse(Refusal.APPLICATION)

    def _isFarewell(self, piece: Piece) -> bool:
        """
        Whether the application may still say this, where it has said its features: before TLS it has
        nothing to say but why it leaves, where TLS is required.
        """
        leaves = piece.kind is Kind.END and piece.depth == 0
        self._parting |= leaves or (piece.depth == 1 and piece.local == b"error")
        return self._parting or not self.demanded or not piece.octets.strip()

    def _announce(self, piece: Piece) -> None:
        """
        Say what comes with the features, and these with what there is here.
        """
        isFeatures = piece.depth == 1 and piece.local == b"features"
        if not isFeatures and not self._inFeatures:
            self.toClient(piece.octets)
            return
        self._features.append(self._stripped(piece))
        if isFeatures and piece.kind is not Kind.BEGIN:
            self._featured = True
            first, *others = self._features
            first = first if others else first.removesuffix(b"/>") + b">"
            last = others.pop() if others else b"</%s>" % piece.name
            self._features.clear()
            self.toClient(self._announced(first, b"".join(others), last))
            if self.held:
                self.startTls(_START)

    def _announced(self, first: bytes, others: bytes, last: bytes) -> bytes:
        required = self.security is Security.REQUIRED
        ours = b"<starttls xmlns='%s'>%s</starttls>" % (_OURS, b"<required/>" if required else b"")
        return first + ours + (b"" if required else others) + last

    def _stripped(self, piece: Piece) -> bytes:
        """
        Return what the client gets of a piece: all of it, unless the application offers TLS in it.
        """
        if piece.depth == 1 and piece.local == b"features":
            self._inFeatures = piece.kind is Kind.BEGIN
        offer = self._inFeatures and piece.depth == 2 and _isStartTls(piece)
        if offer and piece.begins:
            self._dropping = piece.kind is Kind.BEGIN
            return b""
        dropped = self._dropping
        if offer:
            self._dropping = False
        return b"" if dropped else piece.octets

    def _answer(self, piece: Piece) -> None:
        """
        The application answers where TLS is not to be asked for any more.
        """
        self.toClient(self._stripped(piece))
        login = piece.local == b"features" or piece.namespace in _LOGINS
        if self._over and piece.begins and piece.depth == 1 and not login:
            self._becomeTransparent()

    def _becomeTransparent(self) -> None:
        self.transparent = True
        self.toApplication(self._client.take())
        self.toClient(self._application.take())

    # The rest

    def _nowSecure(self) -> None:
        super()._nowSecure()
        self._begin()
        self._chosen = True

    def _stillClear(self) -> None:
        super()._stillClear()
        self.refuse(Refusal.GONE)

    def _kept(self) -> bytes:
        return b"" if self._asking else self._between + self._client.take()
