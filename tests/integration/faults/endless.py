"""
What would never end, or take what others need, were it not bounded: with real processes.
"""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from time import monotonic

from tests.live.applications import Application, echo
from tests.live.configurations import LABEL, PROFILE, SYSTEM, FilesCase, freePort
from tests.live.programs import LIMIT
from tests.live.running import until

SERVERS, EACH = 4, 10
CONTROLS, ATTEMPTS = 4, 8
HANDSHAKE = 1


def files(connection: socket.socket) -> None:
    """
    An FTP server that never transfers anything.
    """
    connection.sendall(b"220 files\r\n")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening, connection.makefile("rb") as lines:
        for line in lines:
            passive = b"229 (|||%d|)\r\n" % listening.getsockname()[1]
            connection.sendall(passive if line.startswith(b"EPSV") else b"200 ok\r\n")


class EndlessTests(FilesCase):
    """
    A pool in front of a cleartext application and an FTP server.
    """

    def begin(self, security: str) -> int:
        """
        Start it, and return the port of the FTP server, whose clients can become secure, or must.
        """
        server = Application(self, files)
        self.secure = self.client(self.adapt(Application(self, echo)))
        port = freePort(self)
        self.files.append(PROFILE, f"PORT {port} TCP FILES")
        self.files.append(
            SYSTEM,
            f":nick.FILES :type.server :address.{server.address}\n:dynamic.FTP :tlslabel.{LABEL}"
            f" :secureconnection.{security}",
        )
        self.limit(SERVERS * EACH, EACH, f"HANDSHAKE {HANDSHAKE} CONNECT 1")
        self.stack = self.serve(*self.options)
        return port

    def ask(self, connection: socket.socket, command: bytes) -> bytes:
        """
        Return the reply to a command of FTP.
        """
        connection.sendall(command)
        return connection.recv(1024)

    def waitForData(self, count: int) -> None:
        """
        Wait until there are so many data connections.
        """
        until(lambda: sum(each.kind == "Data" for each in self.stack.sessions()) == count, f"{count} data connections")

    def test_data(self) -> None:
        """
        A few FTP sessions with as many data connections as they get: a server has no more than it may have,
        and clients of others go elsewhere.
        """
        port = self.begin("ALLOWED")
        with ExitStack() as held:
            controls = [
                held.enter_context(socket.create_connection(("127.0.0.1", port), LIMIT)) for _ in range(CONTROLS)
            ]
            made = refused = 0
            for control in controls:
                self.assertEqual(control.recv(1024), b"220 files\r\n")
                for _ in range(ATTEMPTS):
                    reply = self.ask(control, b"EPSV\r\n")
                    place = re.search(rb"\(\|\|\|([0-9]+)\|\)", reply)
                    if place is None:
                        self.assertEqual(reply, b"425 Cannot open data connection\r\n")
                        refused += 1
                    else:
                        held.enter_context(socket.create_connection(("127.0.0.1", int(place[1])), LIMIT))
                        made += 1
                        self.waitForData(made)
            self.assertEqual((made, refused), (EACH, CONTROLS * ATTEMPTS - EACH))
            self.stack.log.wait("SSLP706W SSL00001 ")
            self.secure.hold(EACH)
            self.stack.waitForSessions(CONTROLS, EACH)
            self.assertEqual(self.ask(controls[0], b"NOOP\r\n"), b"200 ok\r\n")

    def test_required(self) -> None:
        """
        A client that has to ask for TLS, and says something else all the time, is told and left.
        """
        with socket.create_connection(("127.0.0.1", self.begin("REQUIRED")), 0.5) as client:
            began, heard = monotonic(), b""
            while not heard.endswith(b"closing control connection\r\n"):
                self.assertLess(monotonic() - began, 6 * HANDSHAKE + 10)
                client.sendall(b"NOOP\r\n")
                try:
                    heard += client.recv(1024)
                except TimeoutError:
                    continue
            self.assertIn(b"421 ", heard)
        self.stack.waitForSessions(0)
