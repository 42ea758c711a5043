# -*- test-case-name: tests.live.test_demo -*-
"""
The demonstration: an example application, a key database with a self-signed label, and a pool in front of it, in a
scratch directory.  Lives in the stack process.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import sys
from html import escape

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site

from sslpool.config.configuration import Configuration, Position, SecurePort, ServerParameters
from sslpool.config.limits import Limits
from sslpool.interfaces import IStackReactor
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.generation import selfSigned
from sslpool.stack.front.listeningsockets import listeningSocket

LABEL = "DEMOCERT"
APPLICATION = "DEMOWEB"
PREFERRED_PORT = 8443
LOOPBACKS = ("127.0.0.1", "::1")

_PAGE = """<!DOCTYPE html>
<title>sslpool demo</title>
<h1>It works.</h1>
<p>This application speaks cleartext HTTP on {here} and knows nothing of TLS.
Your request reached it as <code>{method} {path}</code> through an SSL server of the pool.</p>
"""


class ExamplePage(Resource):
    """
    Every page of the example application.
    """

    isLeaf = True

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def render_GET(self, request: Request) -> bytes:
        """
        Answer with a page that says where it comes from.
        """
        path = escape(request.uri.decode("ascii", "replace"))
        return _PAGE.format(here=self._here, method="GET", path=path).encode("ascii", "replace")


class ExampleApplication(Service):
    """
    A web server on a free port of the loopback address.

    @ivar address: where it listens, C{address:port}.
    """

    def __init__(self, reactor: IStackReactor) -> None:
        self._reactor = reactor
        self._socket = listeningSocket("127.0.0.1", 0)
        self._socket.setblocking(False)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._port: IListeningPort | None = None

    def startService(self) -> None:
        """
        Begin to serve.
        """
        super().startService()
        site = Site(ExamplePage(self.address))
        site.displayTracebacks = False
        site.log = lambda request: None  # type: ignore[method-assign]
        self._port = self._reactor.adoptStreamPort(self._socket.fileno(), socket.AF_INET, site)  # type: ignore[arg-type]
        self._socket.close()

    def stopService(self) -> Deferred[None] | None:
        """
        Stop serving.
        """
        super().stopService()
        return None if self._port is None else _stopped(self._port)


def _stopped(port: IListeningPort) -> Deferred[None]:
    return maybeDeferred(port.stopListening).addCallback(lambda _: None)


def demoConfiguration(directory: str, address: str, stack: str | None = None) -> Configuration:
    """
    Make the key database and return a configuration that uses it.

    @param directory: the scratch directory.
    @param address: where the example application listens.
    """
    keyFile = os.path.join(directory, "Database.kdb")
    credential = selfSigned(LABEL, "localhost", ["localhost", *LOOPBACKS])
    # Nobody needs the password again: the stash opens the database.
    with Database.create(keyFile, secrets.token_urlsafe()) as database:
        database.add(credential)
        database.stash()
    with open(certificatePath(directory), "wb") as file:
        file.write(exportPem([credential.certificate]))
    number = freePort(PREFERRED_PORT)
    position = Position("--demo", 0)
    return Configuration(
        stack=stack or "TCPIP",
        serverId="*",
        timeout=30,
        limits=Limits(),
        poolPrefix="SSL",
        poolHigh=5,
        agent="SSLDCSSM",
        administrators=frozenset(),
        obey=frozenset(),
        ports=tuple(
            # It is known, and does not matter, that the example takes everybody for this machine.
            SecurePort(number, APPLICATION, LABEL, host, address, position, source="127.0.0.1")
            for host in hosts()
        ),
        applications=(),
        autolog=(),
        parameters=ServerParameters(keyFile=keyFile, trace=()),
        keyFile=keyFile,
    )


def certificatePath(directory: str) -> str:
    """
    Return where the certificate is that clients have to trust.
    """
    return os.path.join(directory, "demo.pem")


def hosts() -> tuple[str, ...]:
    """
    Return the loopback addresses that this machine has.
    """
    return tuple(host for host in LOOPBACKS if _canListen(host, 0))


def freePort(preferred: int) -> int:
    """
    Return C{preferred} where nobody listens on it, else a port that is free.
    """
    if all(_canListen(host, preferred) for host in hosts()):
        return preferred
    with listeningSocket("127.0.0.1", 0) as probe:
        return int(probe.getsockname()[1])


def _canListen(host: str, port: int) -> bool:
    try:
        listeningSocket(host, port).close()
    except OSError as error:
        return error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


def instructions(directory: str, run: str, configuration: Configuration) -> str:
    """
    Return what to type in another terminal, each line ready to be copied.
    """
    number = configuration.ports[0].number
    ssladmin = f"{_command('ssladmin')} --run {run}"
    return f"""
The sslpool demonstration is running. In another terminal, type:

    curl --cacert {certificatePath(directory)} https://localhost:{number}/

    {ssladmin} query status
    {ssladmin} query sessions

Ctrl-C ends it and removes everything.

"""


def _command(name: str) -> str:
    """
    Return how to call a console script of this installation.
    """
    beside = os.path.join(os.path.dirname(sys.executable), name)
    return name if shutil.which(name) or not os.path.exists(beside) else beside
