# -*- test-case-name: tests.starttls.test_ftpdata -*-
"""
The data connections in a dialogue of FTP: where they are (PASV, PORT, EPSV, EPRT), and how they
belong to transfers.  Pure; used in the servers.

The places of data connections are ours on both sides, so each side is asked and told in the words
of its own address family, whatever the other has.

An application empties the file that is to be replaced when it is asked for the upload.  So an
upload over TLS is not asked for before the client's side of its data connection is secured and
has met what is demanded of it; a client that waits for that is told to begin.  The last reply to a
transfer waits for the end of the data connection, and is replaced where that has been cut.
"""

from __future__ import annotations

from abc import abstractmethod

from sslpool.starttls.contract import Action, DataStep, Listen, Refusal, Security
from sslpool.starttls.dialogue import Dialogue, Request
from sslpool.starttls.ftpaddresses import IPV4, Place, activeCommand, family, isOwn, ofEprt, ofPort, passiveReply
from sslpool.starttls.ftptransfers import BEGINNING, TRANSFERS, UPLOADS, WITHHELD, Failure, Transfer

RESERVED = 1024
"""
Ports below belong to services; no data connection goes there (RFC 2577 section 3).
"""

NO_DATA = Failure.UNREACHED.value
_BEGIN = b"150 Ready for the data connection\r\n"
_ABORTED = b"426 Transfer aborted\r\n"
_OTHERWISE = b"425 PROT has changed, ask for another data connection\r\n"


class FtpData(Dialogue):
    """
    A dialogue that opens data connections.

    @ivar client: the client's host, a numeric address; known before anything is said.
    @ivar application: the application's, known before a data connection is asked for.
    @ivar uploading: the client has asked for a transfer to the application, on the last data connection.
    @ivar withheld: an upload that the client has asked for, and the application has not been asked for yet.
    """

    def __init__(self, security: Security) -> None:
        super().__init__(security)
        self.client = self.application = ""
        self.uploading = False
        self.withheld = b""
        self._transfer = Transfer()
        self._transferring = False
        self._told = self._gated = self._carrying = False
        self._last = self._mode = b""
        self._streamed = True
        self._restarting = self._extendedOnly = False
        self._wanted = 0
        self._next: bytes | None = None
        self._expected: Listen | None = None

    @property
    @abstractmethod
    def protected(self) -> bool:
        """
        Data connections are secured.
        """

    @property
    def deaf(self) -> bool:
        """
        See L{Negotiator.deaf}: the last reply to a transfer waits.
        """
        return bool(self._last)

    @property
    def owing(self) -> bool:
        """
        The data connection has failed, and the application has not replied to that yet.
        """
        return self._isTransfer() and self._transfer.failure is not None

    def overdue(self) -> list[Action]:
        """
        L{owing} was true for too long: tell the client what has become of its transfer, and end.
        """
        if self._transfer.failure is not None:
            self.toClient(self._transfer.failure.value)
        self.refuse(Refusal.APPLICATION)
        return self._taken()

    # Where they are

    def _openData(self, verb: bytes, argument: bytes) -> None:
        extended = verb == b"EPSV"
        if extended and argument.upper() == b"ALL":
            # It is the places that the client knows that this is about (RFC 2428 section 4).
            self._extendedOnly = True
            self.answer(b"200 Nothing but EPSV from now on\r\n")
        elif self._extendedOnly and not extended:
            self.deny(b"503 Nothing but EPSV after EPSV ALL\r\n")
        elif verb in (b"PORT", b"EPRT"):
            self._openActive(verb, argument)
        elif extended and argument not in (b"", self._family):
            self.answer(b"522 Network protocol not supported, use (%s)\r\n" % self._family)
        elif not extended and family(self.client) != IPV4:
            self.answer(b"425 PASV is for IPv4, use EPSV\r\n")
        else:
            self._openPassive(extended)

    @property
    def _family(self) -> bytes:
        return b"%d" % family(self.client)

    def _openPassive(self, extended: bool) -> None:
        """
        Ask the application for a place, by the command that the client knows where both have one address family.
        """
        self._wanted = 229 if extended else 227
        if family(self.application) != family(self.client):
            extended = family(self.application) != IPV4
        verb = "EPSV" if extended else "PASV"
        self.ask(verb, verb.encode("ascii") + b"\r\n", hold=True)

    def _openActive(self, verb: bytes, argument: bytes) -> None:
        try:
            place = ofPort(argument) if verb == b"PORT" else ofEprt(argument)
        except LookupError:
            self.answer(b"522 Network protocol not supported, use (%s)\r\n" % self._family)
            return
        if place is None:
            self.answer(b"501 Not an address\r\n")
        elif not isOwn(place.host, self.client) or place.port < RESERVED:
            self.deny(b"504 Data connections go to the client's own address, and to no reserved port\r\n")
        else:
            self.held = True
            self._listen(Listen(place.port, False, self.protected))

    def _listen(self, listen: Listen) -> None:
        self._expected = listen
        self.uploading = False
        self._transfer = Transfer(True, listen.protected)
        self._actions.append(listen)

    def listening(self, host: str, port: int) -> list[Action]:
        place = Place(host, port)
        if self._awaited().passive:
            self.toClient(passiveReply(self._wanted, place))
            self._concluded()
        else:
            self.ask("PORT", activeCommand(place), hold=True)
        return self._taken()

    def notListening(self) -> list[Action]:
        if self._awaited().passive:
            self.toClient(NO_DATA)
            self._concluded()
        else:
            self.held = False
            self.answer(NO_DATA)
            self._advance()
        return self._taken()

    def _awaited(self) -> Listen:
        expected, self._expected = self._expected, None
        assert expected is not None
        return expected

    def _concluded(self) -> None:
        """
        A reply has been said, and what had to wait for that goes on.
        """
        self._finish()
        self._advance()
        self._heardApplication(b"")

    @abstractmethod
    def _finish(self, code: int = 0) -> None:
        """
        The reply to the oldest request is complete.
        """

    # The requests that belong to them

    def _pass(self, verb: bytes, command: bytes) -> None:
        kind, transfer = verb.decode("ascii", "replace"), self._transfer
        self.uploading = kind in UPLOADS
        self._mode = command[len(verb) :].strip().upper() if kind == "MODE" else b""
        if kind in TRANSFERS and transfer.expected and transfer.protected is not self.protected:
            self._actions.append(DataStep.DROP)
            self._abandon(_OTHERWISE)
        elif kind in TRANSFERS and transfer.failure is not None:
            self._abandon(transfer.failure.value)
        elif kind in WITHHELD and transfer.protected and not transfer.secured:
            self.withheld, self._transferring = command, True
            self._actions.append(DataStep.SECURE)
        else:
            self.ask(kind, command + b"\r\n", hold=True)

    def _abandon(self, words: bytes) -> None:
        """
        Tell the client that a transfer has failed which the application has not been asked for.
        """
        self.withheld, self._transferring, self._transfer = b"", False, Transfer()
        self._told = False
        self.toClient(words)
        if self._restarting:
            # It was meant for this transfer, and would go for the next.
            self._restarting = False
            self.askHidden(b"REST 0\r\n")
        self.held = bool(self.open)

    def _abort(self) -> bool:
        """
        The client wants no more of a transfer: end it where the application has no part in it, not yet or not any
        more, and return whether that is so.
        """
        if not self.withheld and not self._last:
            return False
        self._actions.append(DataStep.DROP)
        if self.withheld:
            self._abandon(_ABORTED)
        else:
            self._transfer.failure = Failure.CUT
            self._decided()
        return True

    # What becomes of them

    def dataOpened(self) -> list[Action]:
        """
        A data connection is there, and on its way to the other side.
        """
        self._transfer.open = True
        return self._taken()

    def dataAwaited(self) -> list[Action]:
        """
        The client of an upload does not begin TLS before it is told to.
        """
        if self.withheld:
            self._told = True
            self.toClient(_BEGIN)
        return self._taken()

    def dataSecured(self) -> list[Action]:
        """
        Its client side is secured, and has met all demands.
        """
        self._transfer.secured = True
        if self.withheld:
            command, self.withheld, self._gated = self.withheld, b"", True
            self.open.append(Request(command.partition(b" ")[0].upper().decode("ascii")))
            self.toApplication(command + b"\r\n")
        return self._taken()

    def dataReceived(self) -> list[Action]:
        """
        The client's end of it has come, in order, and the application has got it.
        """
        self._transfer.received = True
        return self._settled()

    def dataSent(self) -> list[Action]:
        """
        The application's end of it has come, and the client has got all.
        """
        self._transfer.sent = True
        return self._settled()

    def dataFailed(self, failure: Failure) -> list[Action]:
        """
        It has ended otherwise, or has not come about.
        """
        if self._transfer.expected and self._transfer.failure is None:
            self._transfer.failure = failure
        if self.withheld:
            self._abandon(failure.value)
            self._advance()
            return self._taken()
        return self._settled()

    def _settled(self) -> list[Action]:
        if self._last and not self._transfer.isUndecided(self.uploading, self._last):
            self._decided()
            self._advance()
            self._heardApplication(b"")
        return self._taken()

    # The replies that belong to them

    def _isTransfer(self) -> bool:
        """
        Whether the oldest request is about a transfer.
        """
        return bool(self.open) and (self._carrying or self.open[0].kind in TRANSFERS)

    def _isSwallowed(self, code: int) -> bool:
        """
        Whether the client has been told the same already.
        """
        return self._told and code in BEGINNING

    def _begun(self, code: int) -> None:
        """
        A preliminary reply is complete.
        """
        # Others may have their say during a transfer.
        self._transferring, self.held = True, self.held and self._next is not None
        self._carrying |= code in BEGINNING
        if self._gated and code in BEGINNING:
            self._told = self._gated = False
            self._actions.append(DataStep.PROCEED)

    def _ended(self, reply: bytes) -> None:
        """
        The last reply to a transfer is complete.
        """
        self._last = reply
        if self._gated:
            # It was refused before it began: there is nobody to whom the data goes.
            self._told = self._gated = self._transfer.open = self._transfer.expected = False
            self._actions.append(DataStep.REFUSE)
            if reply[:1] == b"2":
                self._transfer.failure = Failure.LOCAL
        if not (self._streamed and self._transfer.isUndecided(self.uploading, reply)):
            self._decided()

    def _decided(self) -> None:
        """
        The last reply to a transfer can be said, or what is true instead.
        """
        reply, self._last = self._last, b""
        self.toClient(self._transfer.verdict(self.uploading, reply) or reply)
        if self._carrying or reply[:1] == b"2" or not self._transfer.isUnused():
            self._transfer = Transfer()
        # Otherwise it has been refused, and the data connection may serve the next one.
        self._restarting = False
        self._finish(int(reply[:3]))

    def _replied(self, request: Request, code: int) -> None:
        """
        Remember what a reply means for transfers to come.
        """
        self._carrying = False
        if request.kind == "REST":
            self._restarting = 300 <= code < 400
        elif request.kind == "MODE" and code < 300:
            # In the other modes the end of a file is marked in the data (RFC 959 section 3.4.2).
            self._streamed = self._mode in (b"S", b"Z")
        elif request.kind == "REIN" and code < 300:
            self._streamed, self._restarting, self._extendedOnly = True, False, False
