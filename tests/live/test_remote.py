"""
Administration from another machine, as an operator does it: over TLS, with a
certificate from an authority in the stack's key database.
"""

from __future__ import annotations

import contextlib
import os
import socket

from sslpool.control.paths import socketPath
from sslpool.keydb.database import Database
from tests.doubles.certificates import PASSWORD, makeAuthority, makeClient, makeServer, writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import LABEL, FilesCase, freePort
from tests.live.programs import Outcome, program, run
from tests.live.running import until

IBM = "IBM.DTCPARMS"


class RemoteTests(FilesCase):
    """
    A stack with C{:admin_port.}; TCPMAINT is in its lists.
    """

    def setUp(self) -> None:
        """
        Start it.
        """
        super().setUp()
        self.number = freePort(self)
        tags = f":mixedcaseparms.YES :admin_port.127.0.0.1:{self.number} ADMCERT"
        self.files.replace(IBM, ":mixedcaseparms.YES", tags)
        server = makeServer(self.authority, "stack.example", label="ADMCERT")
        self.clients = self.client(self.adapt(Application(self, echo), self.credential(LABEL), server))
        with Database.open(self.files.keyFile, PASSWORD) as database:
            database.addCertificates({"TEST CA": self.authority.certificate})
        self.stack = self.serve(*self.options)
        self.stack.log.wait("SSLP453I")
        self.operator = writeCredential(self.path("operator.pem"), makeClient(self.authority, "TCPMAINT"))

    def remotely(self, certificate: str, *words: str, name: str = "stack.example") -> Outcome:
        """
        Run C{ssladmin} for the stack, as from another machine.
        """
        options = ("--remote", f"127.0.0.1:{self.number}", "--certificate", certificate, "--name", name)
        return run(program("ssladmin"), *options, "--authorities", self.certificates, *words)

    def test_remote(self) -> None:
        """
        The right certificate may ask and change; a wrong one, a wrong name of the stack
        and no certificate may not, and the stack goes on.
        """
        done = self.remotely(self.operator, "query", "status")
        self.assertEqual((done.code, done.error), (0, ""))
        self.assertIn("SSL00001  Active", done.output)
        self.assertIn("SSLP117I SSL00002", self.remotely(self.operator, "start", "--sslserver", "ssl00002").output)
        self.stack.log.wait(r"SSLP412I TCPMAINT at 127\.0\.0\.1:\d+ used START for SSL00002")

        stranger = makeClient(makeAuthority("Other CA"), "TCPMAINT")
        wrong = self.remotely(writeCredential(self.path("wrong.pem"), stranger), "stop")
        self.assertEqual((wrong.code, wrong.error.split()[0]), (1, "SSLP446E"), wrong.error)
        self.stack.log.wait(r"SSLP413W .* its handshake failed")

        name = self.remotely(self.operator, "stop", name="other.example")
        self.assertEqual(name.code, 1)
        self.assertIn("SSLP446E", name.error)
        self.assertIn("it is for stack.example, not for other.example", name.error)

        none = self.remotely(self.certificates, "stop")
        self.assertEqual(none.code, 1)

        mallory = makeClient(self.authority, "MALLORY")
        listed = self.remotely(writeCredential(self.path("mallory.pem"), mallory), "query", "status")
        self.assertEqual((listed.code, listed.error.split()[0]), (1, "SSLP406E"), listed.error)
        self.assertEqual(self.stack.status().servers[0].state, "Active")

    def test_strangers(self) -> None:
        """
        Garbage, half of a request, and more connections than one caller may have, on the control socket and on the
        remote port: closed, counted, and few lines in the log; a session goes on meanwhile, and the stack answers.
        """
        (held,) = self.clients.hold(1)
        garbage = os.urandom(300) * 10
        half = b"\0\x04_ask\0\x011\0\x08_command\0\x0bQueryStatus"
        for _ in range(5):
            self.assertClosed(self.local(garbage))
            self.assertClosed(self.distant(garbage))
        many = [self.local(half) for _ in range(20)] + [self.distant(half[:3]) for _ in range(20)]
        exchange(held)
        until(lambda: sum(self.isClosed(each) for each in many) >= 24, "connections beyond the limits to be closed")
        for each in many:
            each.close()
        until(lambda: self.stack.ssladmin("query", "status").code == 0, "room for the operator")
        counted = self.stack.status().control["SSLP413W"]
        self.assertGreaterEqual(counted, 34)
        self.assertLess(len(self.stack.log.found("SSLP413W .* ended")), counted)
        exchange(held)

    def local(self, octets: bytes) -> socket.socket:
        """
        Connect to the control socket and say something.
        """
        line = socket.socket(socket.AF_UNIX)
        line.connect(socketPath(self.stack.run, self.stack.userid))
        return self.say(line, octets)

    def distant(self, octets: bytes) -> socket.socket:
        """
        Connect to the remote port and say something.
        """
        line = socket.socket()
        line.settimeout(30)
        # Who hangs up at once may do so before connecting has returned, which then says so.
        with contextlib.suppress(ConnectionResetError):
            line.connect(("127.0.0.1", self.number))
        return self.say(line, octets)

    def say(self, line: socket.socket, octets: bytes) -> socket.socket:
        """
        Say something to whom may have hung up.
        """
        self.addCleanup(line.close)
        with contextlib.suppress(OSError):
            line.sendall(octets)
        line.settimeout(30)
        return line

    def assertClosed(self, line: socket.socket) -> None:
        """
        Assert that the stack ends a connection, after an alert of TLS at the most.
        """
        with contextlib.suppress(ConnectionError):
            self.assertLess(len(line.recv(100)), 10)
            self.assertEqual(line.recv(100), b"")

    def isClosed(self, line: socket.socket) -> bool:
        """
        Return whether the stack has ended a connection.
        """
        line.setblocking(False)
        try:
            return line.recv(100) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        except ConnectionError:
            return True
