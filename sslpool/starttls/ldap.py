# -*- test-case-name: tests.starttls.test_ldap,tests.starttls.test_properties -*-
"""
LDAP: the extended operation StartTLS (RFC 4511 section 4.14), announced in the root DSE.  Pure; used in the servers.

Of most messages only identifier and kind are looked at, and they go through in pieces.  Once a
login has put a security layer around the messages, nothing can be understood any more.
"""

from __future__ import annotations

from sslpool.starttls import ber, rootdse
from sslpool.starttls.ber import Malformed
from sslpool.starttls.contract import Negotiator, Refusal, Security, StartTls

OID = b"1.3.6.1.4.1.1466.20037"
DISCONNECTION = b"1.3.6.1.4.1.1466.20036"
LONGEST = 65536
"""
The most octets in a message that is understood as a whole, or that is refused.
"""

NAME = 6 + len(OID)
"""
The most octets of the name of StartTLS.
"""

TLS_RECORD = 0x16
BIND, UNBIND, SEARCH, ABANDON, EXTENDED = 0x60, 0x42, 0x63, 0x50, 0x77
BIND_RESPONSE, ENTRY, REFERENCE, EXTENDED_RESPONSE, INTERMEDIATE = 0x61, 0x64, 0x73, 0x78, 0x79
#: The kind of response to each kind of request.
RESPONSES = {BIND: 0x61, SEARCH: 0x65, 0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x6C: 0x6D, 0x6E: 0x6F, EXTENDED: 0x78}
SASL, CONTROLS = 0xA3, 0xA0

_SUCCESS, _OPERATIONS_ERROR, _PROTOCOL_ERROR, _CONFIDENTIALITY, _IN_PROGRESS = 0, 1, 2, 13, 14
_UNAVAILABLE = 52
_WORDS = {
    Refusal.INJECTION: (_PROTOCOL_ERROR, b"nothing may follow StartTLS"),
    Refusal.UNASKED: (_PROTOCOL_ERROR, b"TLS begins after StartTLS"),
    Refusal.MALFORMED: (_PROTOCOL_ERROR, b"message not understood"),
    Refusal.DECLINED: (_CONFIDENTIALITY, b"TLS is required"),
    Refusal.LATE: (_UNAVAILABLE, b"message not complete in time"),
    Refusal.APPLICATION: (_UNAVAILABLE, b"directory out of step"),
    Refusal.GONE: (_UNAVAILABLE, b"directory not available"),
}


def response(identifier: bytes, kind: int, code: int, text: bytes = b"", name: bytes = b"") -> bytes:
    """
    Return a response.

    @param identifier: the request's, encoded.
    @param kind: the tag of the response.
    """
    result = [ber.encoded(ber.ENUMERATED, bytes([code])), ber.encoded(ber.OCTETS), ber.encoded(ber.OCTETS, text)]
    if name:
        result.append(ber.encoded(0x8A, name))
    return ber.encoded(ber.SEQUENCE, ber.encoded(ber.INTEGER, identifier), ber.encoded(kind, *result))


class Message:
    """
    The beginning of a message: its whole where it is short, or as much as tells what it is.

    @ivar octets: what has come of it.
    @ivar length: how long it is as a whole.
    @ivar identifier: the message's identifier, encoded.
    @ivar operation: the operation.
    """

    def __init__(self, octets: bytes, envelope: ber.Element) -> None:
        self.octets = octets
        self.length = envelope.end
        identifier = ber.whole(octets, envelope.begin, len(octets))
        if identifier.tag != ber.INTEGER or not 1 <= identifier.length <= 4:
            raise Malformed("identifier")
        self.identifier = ber.content(octets, identifier)
        operation = ber.head(octets, identifier.end)
        if operation is None or operation.end > envelope.end:
            raise Malformed("operation")
        self.operation = operation

    @property
    def kind(self) -> int:
        """
        The tag of the operation.
        """
        return self.operation.tag

    @property
    def ended(self) -> bool:
        """
        Nothing follows the operation, or controls alone (RFC 4511 section 4.1.11).
        """
        return self.operation.end == self.length or (self.short and self.octets[self.operation.end] == CONTROLS)

    @property
    def short(self) -> bool:
        """
        It is short enough to be understood as a whole.
        """
        return self.length <= LONGEST


class Messages:
    """
    What came from one side.
    """

    def __init__(self) -> None:
        self._buffer = b""

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, octets: bytes) -> None:
        """
        More has come.
        """
        self._buffer += octets

    def take(self, most: int) -> bytes:
        """
        Return at most so many octets.
        """
        taken, self._buffer = self._buffer[:most], self._buffer[most:]
        return taken

    def peek(self) -> Message | None:
        """
        Return the next message, or C{None} where not enough of it has come.

        @raise Malformed: it is none.
        """
        if self._buffer[:1] not in (b"", bytes([ber.SEQUENCE])):
            raise Malformed("envelope")
        envelope = ber.head(self._buffer)
        # Longer ones are told by their first octets: identifier, operation and the name of an extension.
        wanted = None if envelope is None else envelope.end if envelope.end <= LONGEST else envelope.begin + 12 + NAME
        if envelope is None or wanted is None or len(self._buffer) < wanted:
            return None
        return Message(self._buffer[:wanted], envelope)


class Ldap(Negotiator):
    """
    An LDAP dialogue.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self._client, self._application = Messages(), Messages()
        self._clientRest = self._applicationRest = 0
        self._swallows = False
        self._open: dict[bytes, int] = {}
        self._roots: dict[bytes, bool] = {}
        self._sasl = self._layered = self._binding = False

    def lastWords(self, refusal: Refusal) -> bytes:
        """
        See L{Negotiator.lastWords}: a notice of disconnection (RFC 4511 section 4.4.1).
        """
        return response(b"\0", EXTENDED_RESPONSE, *_WORDS.get(refusal, _WORDS[Refusal.GONE]), DISCONNECTION)

    @property
    def waiting(self) -> bool:
        """
        See L{Negotiator.waiting}: part of a message before TLS.
        """
        return not self.secure and (len(self._client) > 0 or (self._swallows and self._clientRest > 0))

    @property
    def paused(self) -> bool:
        return len(self._open) > 1000

    # From the client

    def _heardClient(self, octets: bytes) -> None:
        self._client.feed(octets)
        try:
            while len(self._client) and not self.over and self.start is None and not self.transparent:
                if self._clientRest:
                    self._passRest()
                elif (message := self._client.peek()) is not None:
                    self._request(message)
                else:
                    return
        except Malformed:
            self._notUnderstood(octets)

    def _passRest(self) -> None:
        taken = self._client.take(self._clientRest)
        self._clientRest -= len(taken)
        if not self._swallows:
            self.toApplication(taken)

    def _notUnderstood(self, octets: bytes) -> None:
        if self.secure or self._layered:
            self._becomeTransparent()
        else:
            self.refuse(Refusal.UNASKED if octets[0] == TLS_RECORD and not self._open else Refusal.MALFORMED)

    def _request(self, message: Message) -> None:
        self._clientRest, self._swallows = message.length, True
        if message.kind == EXTENDED and message.short and self._isStartTls(message):
            self._passRest()
            self._startTls(message)
        elif message.kind == EXTENDED and not self.demanded and self._isLongStartTls(message):
            self._refuseStart(message, b"StartTLS has no value")
        elif self.demanded and not self._isNeeded(message):
            self._demand(message)
        else:
            self._swallows = False
            self._pass(message)

    def _isStartTls(self, message: Message) -> bool:
        names = ber.parts(message.octets, message.operation)
        return any(each.tag == 0x80 and ber.content(message.octets, each) == OID for each in names)

    def _isLongStartTls(self, message: Message) -> bool:
        """
        The same for one that is not there as a whole.
        """
        name = ber.head(message.octets, message.operation.begin)
        return name is not None and name.tag == 0x80 and ber.content(message.octets, name) == OID

    def _startTls(self, message: Message) -> None:
        unavailable = response(message.identifier, EXTENDED_RESPONSE, _UNAVAILABLE, b"TLS not available", OID)
        if self.secure:
            self._refuseStart(message, b"TLS is active already")
        elif self._open or self._binding or self._layered:
            self._refuseStart(message, b"StartTLS is not permitted while operations are outstanding")
        elif len(self._client):
            self.refuse(Refusal.INJECTION)
        else:
            self.startTls(StartTls(response(message.identifier, EXTENDED_RESPONSE, _SUCCESS, b"", OID), unavailable))

    def _refuseStart(self, message: Message, text: bytes) -> None:
        self.denied()
        self.toClient(response(message.identifier, EXTENDED_RESPONSE, _OPERATIONS_ERROR, text, OID))

    def _isNeeded(self, message: Message) -> bool:
        """
        Whether the application may see a request before TLS: the search that finds StartTLS, and the end.
        """
        if message.kind == UNBIND:
            return message.operation.length == 0 and message.operation.end == message.length
        return message.kind == SEARCH and message.ended and self._wants(message) is not None

    def _wants(self, message: Message) -> bool | None:
        return rootdse.wanted(message.octets, message.operation) if message.short else None

    def _demand(self, message: Message) -> None:
        kind = RESPONSES.get(message.kind)
        if not message.short or (kind is None and message.kind != ABANDON):
            self.refuse(Refusal.MALFORMED)
        elif kind is not None:
            self.denied()
            self.toClient(response(message.identifier, kind, _CONFIDENTIALITY, b"TLS is required"))

    def _pass(self, message: Message) -> None:
        if message.kind in RESPONSES:
            self._open[message.identifier] = message.kind
        if message.kind == SEARCH and (wanted := self._wants(message)) is not None:
            self._roots[message.identifier] = wanted
        elif message.kind == BIND and message.short:
            *_, choice = [each.tag for each in ber.parts(message.octets, message.operation)] or [0]
            self._sasl = choice == SASL

    # From the application

    def _heardApplication(self, octets: bytes) -> None:
        self._application.feed(octets)
        try:
            while len(self._application) and not self.over and not self.transparent:
                if self._applicationRest:
                    taken = self._application.take(self._applicationRest)
                    self._applicationRest -= len(taken)
                    self.toClient(taken)
                elif (message := self._application.peek()) is not None:
                    self._response(message)
                else:
                    return
        except Malformed:
            if self.secure or self._layered:
                self._becomeTransparent()
            else:
                self.refuse(Refusal.APPLICATION)

    def _response(self, message: Message) -> None:
        known = message.identifier in self._open
        notice = message.identifier == b"\0" and message.kind == EXTENDED_RESPONSE
        if not known and not notice and not self.secure:
            self.refuse(Refusal.APPLICATION)
            return
        if message.kind == ENTRY and message.identifier in self._roots and message.short:
            self._application.take(message.length)
            wanted = self._roots[message.identifier]
            self.toClient(rootdse.announced(message.octets, message.operation, wanted, not self.secure))
            return
        self._applicationRest = message.length
        if message.kind not in (ENTRY, REFERENCE, INTERMEDIATE):
            self._open.pop(message.identifier, None)
            self._roots.pop(message.identifier, None)
        if message.kind == BIND_RESPONSE and message.short:
            self._bound(message)

    def _bound(self, message: Message) -> None:
        code = next(ber.parts(message.octets, message.operation), None)
        value = b"" if code is None else ber.content(message.octets, code)
        self._binding = value == bytes([_IN_PROGRESS])
        self._layered |= value == bytes([_SUCCESS]) and self._sasl

    def _becomeTransparent(self) -> None:
        self.transparent = True
        self.toApplication(self._kept())
        self.toClient(self._application.take(len(self._application)))

    def _kept(self) -> bytes:
        return self._client.take(len(self._client))

    def _applicationLeft(self) -> None:
        if not self.secure and self._open:
            self.refuse(Refusal.GONE)
