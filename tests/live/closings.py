"""
The closing table: who ends a session, how, and when, and what the other side sees of it.  The same for any program
that terminates TLS.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import Enum
from itertools import product

from attrs import frozen

from tests.live.clients import TLS12, TLS13
from tests.live.programs import LIMIT
from tests.live.rawtls import OPEN, Keys, RawClient, resetOf
from tests.sealing import CLOSE_NOTIFY, FATAL, INTERNAL_ERROR, USER_CANCELED, WARNING

REQUEST = b"request\n"
HALF = 100_000
WHOLE = 2 * HALF
UPLOAD = 4_000_000
"""
What is sent in large records without a pause, in octets.
"""

IN_FLIGHT = 300_000
"""
What is on its way when the application has closed, in octets: it fits into the buffers.
"""

PATIENCE = 4.0
"""
How long to wait for an end, in seconds: more than any linger.
"""

AT_ONCE = 1.0
"""
Within how many seconds a client that goes on writing must be reset.
"""

LATE = "late RST"
"""
What such a client sees that was reset later.
"""

VERSIONS = {"1.2": TLS12, "1.3": TLS13}


class Who(Enum):
    """
    Who ends.
    """

    CLIENT = "client"
    APPLICATION = "application"


@frozen
class Moment:
    """
    When one side ends.

    @ivar name: what the table calls it.
    @ivar upload: octets that the client has sent, beside its request.
    @ivar first: octets of the answer that the client has received.
    @ivar later: octets that the other side sends after the end.
    @ivar unread: octets of the answer that are on their way.
    @ivar writes: the client writes on and does not read.
    """

    name: str
    upload: int = 0
    first: int = 0
    later: int = 0
    unread: int = 0
    writes: bool = False


@frozen
class Seen:
    """
    What the two sides see.

    @ivar application: the end of its connection: END, RST or open; nothing where it has closed it.
    @ivar uploaded: the octets that it has received beside the request.
    @ivar client: what the client sees of the end, such as C{close_notify, FIN}; nothing where it has reset it.
    @ivar answered: the octets that the client has received.
    """

    application: str
    uploaded: int | None
    client: str
    answered: int | None

    def __str__(self) -> str:
        counted = ((self.application, self.uploaded), (self.client, self.answered))
        return " / ".join(f"{end or '-'} {'any' if octets is None else octets}" for end, octets in counted)

    def fits(self, expected: Seen) -> bool:
        """
        Tell whether this is what was expected, where the ends are patterns and C{None} is any number.
        """
        return (
            bool(re.fullmatch(expected.application, self.application))
            and bool(re.fullmatch(expected.client, self.client))
            and expected.uploaded in (None, self.uploaded)
            and expected.answered in (None, self.answered)
        )


@frozen
class Row:
    """
    One way to end.

    @ivar how: in which way, a key of the ends below.
    @ivar version: of TLS.
    @ivar expected: what is right.
    """

    who: Who
    how: str
    moment: Moment
    version: str
    expected: Seen

    @property
    def name(self) -> str:
        """
        What the row is called, without its version.
        """
        return f"{self.who.value}: {self.how}; {self.moment.name}"

    def __str__(self) -> str:
        return f"{self.name}; {self.version}"


def _canceled(client: RawClient) -> None:
    client.socket.sendall(client.seal.alert(WARNING, USER_CANCELED) + client.seal.alert(WARNING, CLOSE_NOTIFY))


def _notified(client: RawClient) -> None:
    client.closeNotify()
    client.fin()


def _canceledFin(client: RawClient) -> None:
    _canceled(client)
    client.fin()


def _alerted(client: RawClient) -> None:
    client.socket.sendall(client.seal.alert(FATAL, INTERNAL_ERROR))
    client.fin()


FIN, RST, ALERT, HALF_CLOSE, CLOSE = "FIN", "RST", "fatal alert, FIN", "FIN, reading on", "close"

CLIENT_ENDS: dict[str, Callable[[RawClient], None]] = {
    "close_notify": RawClient.closeNotify,
    "close_notify, FIN": _notified,
    "user_canceled, close_notify": _canceled,
    "user_canceled, close_notify, FIN": _canceledFin,
    FIN: RawClient.fin,
    RST: RawClient.reset,
    ALERT: _alerted,
}
"""
How a client can end.
"""

APPLICATION_ENDS: dict[str, Callable[[socket.socket], None]] = {
    HALF_CLOSE: lambda application: application.shutdown(socket.SHUT_WR),
    CLOSE: socket.socket.close,
    RST: resetOf,
}
"""
How an application can end.
"""

CLIENT_MOMENTS = (
    Moment("idle", first=8),
    Moment("then the answer", later=WHOLE),
    Moment("in mid-answer", first=HALF, later=HALF),
    Moment("in mid-upload", upload=UPLOAD),
    Moment("in mid-upload, then the answer", upload=UPLOAD, later=WHOLE),
)

APPLICATION_MOMENTS = (
    Moment("idle", first=8),
    Moment("in mid-answer", first=HALF),
    Moment("in mid-upload", upload=HALF),
    Moment("in mid-answer, the client writes on", first=HALF, writes=True),
)

HALF_CLOSED = Moment("in mid-upload, which goes on", upload=HALF, later=HALF)
UNREAD = Moment("the client sends before it reads", unread=IN_FLIGHT, later=8)
"""
Moments of an application that goes on reading, and of one that does not.
"""

ANYTHING, ORDERLY = ".*", "close_notify, FIN"
BROKEN = "alert record_overflow"
"""
What the client sees where it is not to take what it has for the whole.
"""


def _ofClient(how: str, moment: Moment, lenient: bool) -> Seen:
    """
    Return what is right where the client ends.

    @param lenient: FIN without close_notify is an end.
    """
    if how in (RST, ALERT) or (how == FIN and not lenient):
        return Seen("RST", None, "" if how == RST else ANYTHING, None)
    return Seen("END", moment.upload, ORDERLY, moment.first + moment.later)


def _ofApplication(how: str, moment: Moment) -> Seen:
    """
    Return what is right where the application ends.
    """
    end = BROKEN if how == RST else "close_notify"
    if moment.writes:
        return Seen("", moment.upload, f"{end}, RST", moment.first)
    if how == RST:
        return Seen("", moment.upload, f"{end}, (FIN|RST)", moment.first)
    application, uploaded = ("END", moment.upload + moment.later) if how == HALF_CLOSE else ("", moment.upload)
    return Seen(application, uploaded, ORDERLY, moment.first + moment.unread)


def rows(lenient: bool = True) -> Iterator[Row]:
    """
    Yield the table.

    @param lenient: how FIN without close_notify is taken.
    """
    for how, moment, version in product(CLIENT_ENDS, CLIENT_MOMENTS, VERSIONS):
        yield Row(Who.CLIENT, how, moment, version, _ofClient(how, moment, lenient))
    for how, moment, version in product(APPLICATION_ENDS, APPLICATION_MOMENTS, VERSIONS):
        # Who reads on gets what is written.
        if not (how == HALF_CLOSE and moment.writes):
            yield Row(Who.APPLICATION, how, moment, version, _ofApplication(how, moment))
    for (how, moment), version in product(((HALF_CLOSE, HALF_CLOSED), (CLOSE, UNREAD)), VERSIONS):
        yield Row(Who.APPLICATION, how, moment, version, _ofApplication(how, moment))


class Site:
    """
    A client on one side of a program that terminates TLS, and the application on the other.

    @ivar listening: the socket of the application, where the program connects to.
    @param certificates: the file with the authority of the program's certificate.
    """

    def __init__(self, port: int, listening: socket.socket, certificates: str) -> None:
        self._port, self._listening = port, listening
        listening.settimeout(LIMIT)
        self._keys = {name: Keys(certificates, version) for name, version in VERSIONS.items()}
        self._threads = ThreadPoolExecutor(1)

    def close(self) -> None:
        """
        Let go of everything.
        """
        self._threads.shutdown()
        self._listening.close()
        for each in self._keys.values():
            each.close()

    def see(self, row: Row) -> Seen:
        """
        Have a session end as a row says.
        """
        client = RawClient(self._port, self._keys[row.version])
        with client.socket:
            client.send(REQUEST)
            application, _ = self._listening.accept()
            application.settimeout(LIMIT)
            with application:
                _take(application, len(REQUEST))
                see = self._clientEnds if row.who is Who.CLIENT else self._applicationEnds
                return see(row, client, application)

    def _clientEnds(self, row: Row, client: RawClient, application: socket.socket) -> Seen:
        moment = row.moment
        served = self._threads.submit(_serve, application, moment)
        client.send(bytes(moment.upload))
        first = client.receive(moment.first)
        CLIENT_ENDS[row.how](client)
        later, end = (0, "") if row.how == RST else client.rest(PATIENCE)
        return Seen(*served.result(), end, first + later)

    def _applicationEnds(self, row: Row, client: RawClient, application: socket.socket) -> Seen:
        moment = row.moment
        answered = self._threads.submit(_answer, application, moment)
        client.send(bytes(moment.upload))
        first = client.receive(moment.first)
        uploaded = answered.result()
        APPLICATION_ENDS[row.how](application)
        if moment.unread:
            _untilFull(client.socket)
            client.send(bytes(moment.later))
        failed = _writeOn(client) if moment.writes else ""
        later, end = client.rest(PATIENCE)
        if failed:
            # The system tells of a reset once, which was when writing.
            end = f"{end.rpartition(', ')[0]}, {failed}"
        with suppress(OSError):  # it was reset
            if not moment.unread:
                client.send(bytes(moment.later))
            _notified(client)
        sight, more = _drained(application) if row.how == HALF_CLOSE else ("", 0)
        return Seen(sight, uploaded + more, end, first + later)


def _serve(application: socket.socket, moment: Moment) -> tuple[str, int]:
    """
    Answer, and close after the client; return what was seen.
    """
    if moment.first:
        application.sendall(bytes(moment.first))
    end, got = _drained(application)
    if end == "END":
        with suppress(OSError):  # nobody wants the rest any more
            application.sendall(bytes(moment.later))
    application.close()
    return end, got


def _answer(application: socket.socket, moment: Moment) -> int:
    """
    Take the upload and answer; return how much came.
    """
    got = _take(application, moment.upload)
    application.sendall(bytes(moment.first + moment.unread))
    return got


def _drained(application: socket.socket) -> tuple[str, int]:
    got = 0
    application.settimeout(PATIENCE)
    try:
        while octets := application.recv(1 << 16):
            got += len(octets)
    except TimeoutError:
        return OPEN, got
    except ConnectionError:
        return "RST", got
    finally:
        application.settimeout(LIMIT)
    return "END", got


def _take(application: socket.socket, length: int) -> int:
    got = 0
    while got < length and (octets := application.recv(min(length - got, 1 << 16))):
        got += len(octets)
    return got


def _untilFull(connection: socket.socket) -> None:
    """
    Wait until what has come and is not read has stopped growing: buffers are full on the way.
    """
    before = -1
    while (now := len(connection.recv(1 << 24, socket.MSG_PEEK))) != before:
        before = now
        time.sleep(0.05)


def _writeOn(client: RawClient) -> str:
    """
    Write a line every 10 ms until that fails; return how it did.
    """
    began = time.monotonic()
    try:
        while time.monotonic() < began + PATIENCE:
            client.send(b"line\n")
            time.sleep(0.01)
    except ConnectionError:
        return "RST" if time.monotonic() < began + AT_ONCE else LATE
    return OPEN
