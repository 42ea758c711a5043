"""
Clients that share no code with the product, Python's own: HTTP over TLS, SMTP with STARTTLS, FTP with AUTH TLS and its
data connections.  What is sent and fetched is random, and compared octet for octet or by its SHA-256.
"""

from __future__ import annotations

import base64
import contextlib
import ftplib
import hashlib
import http.client
import io
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import TypeVar

from attrs import field, frozen, mutable

from tests.chaos.accounting import Book

T = TypeVar("T")

HOST = "127.0.0.1"

PATIENCE = 25.0
"""
How long a client waits for anything, in seconds.
"""

LARGEST = 200_000
"""
The most octets that are sent or fetched at once.
"""

PAUSE = 1.5
"""
The longest pause between two exchanges, in seconds.
"""

EXCHANGES = 4
"""
The most exchanges of a visit.
"""

AGAIN = 0.5
"""
After how long, in seconds, a client of FTP repeats what was refused for the moment.
"""

BROKEN = (OSError, EOFError, http.client.HTTPException, ftplib.Error)
"""
What a client meets when its connection does not go on.
"""


class Wrong(Exception):
    """
    What came is not what was to come.
    """


@frozen
class Places:
    """
    Where the pool serves, and what can be looked up behind it.

    @ivar web: the port of HTTP.
    @ivar mail: the port of SMTP.
    @ivar files: the port of FTP.
    @ivar large: the SHA-256 of the page C{/large}, in hexadecimal.
    @ivar messages: what the mail server has taken.
    @ivar login: user and password of the FTP server.
    @ivar context: verifies what servers show.
    """

    web: int
    mail: int
    files: int
    large: str
    messages: list[bytes]
    login: tuple[str, str]
    context: ssl.SSLContext


@mutable
class Visit:
    """
    One client.

    @ivar number: its number.
    @ivar random: what it sends, and how long it pauses.
    @ivar sleep: how it pauses.
    """

    number: int
    random: Random
    book: Book
    places: Places
    sleep: Callable[[float], object] = time.sleep
    _dialled: float | None = field(default=None, init=False)

    def dial(self) -> None:
        """
        A connection is about to be opened.
        """
        self.book.connected()
        self._dialled = time.monotonic()

    def answered(self) -> None:
        """
        The first answer on it is here, or nobody waits for it any more.
        """
        if self._dialled is not None:
            self.book.waited(time.monotonic() - self._dialled)
            self._dialled = None

    def payload(self) -> bytes:
        """
        Return something to send.
        """
        return self.random.randbytes(self.random.randint(1, LARGEST))

    def exchanges(self) -> Iterator[int]:
        """
        Count the exchanges, with a pause before each but the first: whoever is served still has
        something to ask, so that no loss goes unnoticed.
        """
        for number in range(self.random.randint(2, EXCHANGES)):
            if number:
                self.sleep(self.random.uniform(0, PAUSE))
            yield number


def compare(what: str, came: object, expected: object) -> None:
    """
    See that something came as it should.

    @raise Wrong: it did not.
    """
    if came != expected:
        raise Wrong(f"{what} is not what was sent")


def web(visit: Visit) -> None:
    """
    Keep one connection, send something and have its digest, and fetch a page.
    """
    connection = http.client.HTTPSConnection(HOST, visit.places.web, timeout=PATIENCE, context=visit.places.context)
    # A connection that has ended is not to be replaced silently.
    connection.auto_open = 0
    with contextlib.closing(connection):
        visit.dial()
        connection.connect()
        visit.answered()
        for each in visit.exchanges():
            body = visit.payload()
            connection.request("PUT", f"/{visit.number}/{each}", body)
            digest = hashlib.sha256(body).hexdigest().encode()
            compare("the digest of what was put", connection.getresponse().read(), digest)
            connection.request("GET", "/large")
            page = connection.getresponse().read()
            compare("the page", hashlib.sha256(page).hexdigest(), visit.places.large)
        _leave(connection.sock)


def mail(visit: Visit) -> None:
    """
    Send messages, and find each where it was to go.
    """
    visit.dial()
    with smtplib.SMTP(HOST, visit.places.mail, local_hostname="localhost", timeout=PATIENCE) as client:
        visit.answered()
        client.starttls(context=visit.places.context)
        for each in visit.exchanges():
            name = f"X-Chaos: {visit.number}.{each}\r\n\r\n".encode()
            text = base64.encodebytes(visit.payload()).replace(b"\n", b"\r\n")
            client.sendmail("chaos@localhost", ["somebody@localhost"], name + text)
            found = [message for message in visit.places.messages if message.startswith(name)]
            compare("the message", found, [name + text])
            visit.places.messages.remove(found[0])


def files(visit: Visit) -> None:
    """
    Store files, fetch them again and delete them.
    """
    client = _Files(visit)
    visit.dial()
    with client:
        client.connect(HOST, visit.places.files)
        visit.answered()
        client.login(*visit.places.login)
        client.prot_p()
        for each in visit.exchanges():
            name, body = f"{visit.number}.{each}", visit.payload()
            _again(visit, partial(client.store, name, body))
            compare("the file", _again(visit, partial(client.fetch, name)), body)
            client.delete(name)


class _Files(ftplib.FTP_TLS):
    """
    A client of FTP whose data connections are counted.
    """

    def __init__(self, visit: Visit) -> None:
        super().__init__(context=visit.places.context, timeout=PATIENCE)
        self._visit = visit

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """
        Open a data connection.
        """
        self._visit.book.connected()
        connection, size = super().ntransfercmd(cmd, rest)
        return connection, size

    def store(self, name: str, body: bytes) -> None:
        """
        Store a file.
        """
        self.storbinary(f"STOR {name}", io.BytesIO(body))

    def fetch(self, name: str) -> bytes:
        """
        Return a file.
        """
        parts: list[bytes] = []
        self.retrbinary(f"RETR {name}", parts.append)
        return b"".join(parts)


def _again(visit: Visit, transfer: Callable[[], T]) -> T:
    """
    Make a transfer; where it is refused for the moment (4yz, RFC 959 section 4.2: "the
    user-process is encouraged to try again") make it again for a while.
    """
    deadline = time.monotonic() + PATIENCE / 2
    while True:
        try:
            return transfer()
        except ftplib.error_temp:
            if time.monotonic() > deadline:
                raise
        visit.sleep(AGAIN)


def _leave(connection: socket.socket) -> None:
    """
    Close in good order; all that counts has been said.
    """
    assert isinstance(connection, ssl.SSLSocket)
    with contextlib.suppress(OSError):
        connection.unwrap()


PROTOCOLS: tuple[Callable[[Visit], None], ...] = (web, web, web, mail, mail, files)
"""
Whom a client visits; what stands here more often is visited more often.
"""
