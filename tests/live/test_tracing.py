"""
A support engineer looks for the reason why a client does not get in, and at what a
connection carries, while others are busy: TRACE, QUERY TRACE, NOTRACE, LOG, CLOSECON.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading

from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange
from tests.live.configurations import IBM, LABEL, FilesCase
from tests.live.programs import LIMIT
from tests.live.running import Stack, until

BUSY = 200
"""
How many connections are busy meanwhile.
"""


class ClientFrom(Client):
    """
    A client that connects from an address of this machine.
    """

    def __init__(self, case: FilesCase, port: int, certificates: str, address: str) -> None:
        super().__init__(case, port, certificates)
        self._address = address

    def dial(self, host: str = "127.0.0.1") -> socket.socket:
        """
        Return a TCP connection on which nothing has been said.
        """
        connection = socket.create_connection((host, self.port), LIMIT, (self._address, 0))
        self._case.addCleanup(connection.close)
        return connection


class ConsoleReader:
    """
    The console of the first server.
    """

    def __init__(self, stack: Stack) -> None:
        self.path = os.path.join(stack.run, f"{stack.userid}.console", "SSL00001.console")

    def lines(self) -> list[str]:
        """
        Return its lines.
        """
        if not os.path.exists(self.path):
            return []
        with open(self.path, encoding="utf-8") as file:
            return file.read().splitlines()

    def having(self, *parts: str) -> list[str]:
        """
        Wait for a line that has all the parts; return those that do.
        """
        found: list[str] = []

        def look() -> bool:
            found[:] = [line for line in self.lines() if all(part in line for part in parts)]
            return bool(found)

        until(look, f"a line with {parts}")
        return found


class TracingTests(FilesCase):
    """
    A pool as files configure it.
    """

    def prepare(self) -> tuple[Stack, ConsoleReader]:
        """
        Start the stack in front of an application that echoes.
        """
        self.port = self.adapt(Application(self, echo))
        stack = self.serve(*self.options)
        return stack, ConsoleReader(stack)

    def busy(self) -> None:
        """
        Have connections from other addresses that talk all the time.
        """
        held = []
        for number in range(BUSY):
            held.append(self.from_(f"127.0.1.{number + 1}").connect())
        going = threading.Event()
        going.set()
        self.addCleanup(going.clear)

        def talk() -> None:
            with contextlib.suppress(OSError, AssertionError):
                while going.is_set():
                    for each in held:
                        exchange(each)

        threading.Thread(target=talk, daemon=True).start()

    def from_(self, address: str) -> Client:
        """
        Return a client that connects from an address of this machine.
        """
        return ClientFrom(self, self.port, self.certificates, address)

    def refuse(self, client: Client, context: ssl.SSLContext) -> None:
        """
        Have a handshake fail.
        """
        client.context = context
        with contextlib.suppress(OSError):
            connection = client.secure(client.dial())
            connection.recv(1)

    def test_handshakes(self) -> None:
        """
        Of 200 busy connections and one client in trouble, TRACE CONNECTIONS of its address writes
        only its lines, which say why: version, suites, authority, no TLS at all.
        """
        stack, console = self.prepare()
        self.busy()
        self.assertEqual(stack.ssladmin("trace", "conn", "127.0.0.9").code, 0)
        before = len(console.lines())
        client = self.from_("127.0.0.9")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        self.refuse(client, old)
        console.having("SSLP642W", "127.0.0.9:", "no protocol version in common", "version TLSv1.1")
        suites = ssl.create_default_context(cafile=self.certificates)
        suites.maximum_version = ssl.TLSVersion.TLSv1_2
        suites.set_ciphers("AES256-SHA")
        self.refuse(client, suites)
        console.having("SSLP642W", "signature algorithm in common", "server name localhost, version TLSv1.2")
        self.refuse(client, ssl.create_default_context())
        console.having("SSLP642W", "client refused the handshake", "unknown ca")
        client.dial().sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        console.having("SSLP642W", "cleartext HTTP on a secure port")
        lines = [line for line in console.lines()[before:] if " Connection " in line]
        self.assertEqual([line for line in lines if "127.0.0.9:" not in line], [])
        self.assertEqual(stack.ssladmin("notrace").code, 0)

    def test_data(self) -> None:
        """
        TRACE CONNECTIONS DATA of one connection's number shows the first 20 octets of what it
        carries, and nothing of 200 others; NOTRACE ends that.
        """
        stack, console = self.prepare()
        self.busy()
        client = self.from_("127.0.0.9").connect()
        exchange(client, b"before")
        sessions = stack.ssladmin("query", "sessions").output
        (number,) = [line.split()[0] for line in sessions.splitlines() if "127.0.0.9:" in line]
        self.assertEqual(stack.ssladmin("trace", "connections", "data", number).code, 0)
        self.assertIn(f"SSL00001  Active    CONNECTIONS DATA {number} 20", stack.ssladmin("q", "tra").output)
        exchange(client, b"The quick brown fox jumps over the lazy dog")
        console.having(f"SSLP644I Connection {number}: received, octets: 43, the first 20")
        console.having("0000  54686520 71756963 6B206272 6F776E20  *The quick brown *")
        console.having("0010  666F7820                             *fox *")
        console.having(f"SSLP644I Connection {number}: sent, octets: 43, the first 20")
        self.assertEqual(stack.ssladmin("notrace").code, 0)
        count = len(console.lines())
        exchange(client, b"after")
        others = [line for line in console.lines() if "Connection " in line and f"n {number}:" not in line]
        self.assertEqual({line.split()[1] for line in others}, {"SSLP640I"})  # NORMAL, from before
        self.assertNotIn("jumps", "\n".join(console.lines()))
        self.assertEqual(len(console.lines()), count)

    def test_default(self) -> None:
        """
        A configuration of files traces NORMAL ALL; LOG shows the console and CLOSECON says where it is.
        """
        stack, console = self.prepare()
        self.assertIn("NORMAL ALL", stack.ssladmin("query", "trace").output)
        exchange(self.client(self.port).connect())
        console.having("SSLP640I Connection 1: 127.0.0.1:", f"label {LABEL}, server name localhost, new session")
        log = stack.ssladmin("log", "(ssl", "ssl00001")
        self.assertEqual(log.code, 0)
        self.assertRegex(log.output, r"^SSLP630I The console of SSL00001 was closed; lines: \d+, file: /\S+/TCPMAINT/")
        self.assertRegex(log.output, r"\n\*{8} Console of SSL00001, .*\n(.*\n)*\d\d:\d\d:\d\d SSLP640I Connection 1: ")
        closed = stack.ssladmin("closecon", "--sslserver", "ssl00001")
        self.assertEqual(closed.code, 0)
        self.assertRegex(closed.output, r"^SSLP188I The console of SSL00001 has no new lines; .* file: /\S+/TCPMAINT/")
        again = stack.ssladmin("log", "(ssl", "ssl00001")
        self.assertEqual((again.code, again.output.splitlines()[1:]), (0, log.output.splitlines()[1:]))
        closed = stack.ssladmin("closecon")
        path = next(line.split()[-1] for line in closed.output.splitlines() if "The console of TCPIP " in line)
        with open(path, encoding="utf-8") as file:
            self.assertIn("SSLP001I Stack TCPIP has started", file.read())

    def test_atStart(self) -> None:
        """
        TRACE in C{:parms.} traces from the start, the server's own steps with FLOW too; so
        does GSKTRACE.  What is set while the pool runs holds for a server that is started later.
        """
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 24 H TRACE FLOW GSKTRACE 15")
        stack, console = self.prepare()
        console.having("SSLP646I SSL00001: uses ", self.files.keyFile)
        console.having("SSLP646I SSL00001: has the labels WEBCERT")
        exchange(self.client(self.port).connect())
        console.having("SSLP645I Connection 1: continues the handshake")
        console.having("SSLP647I Connection 1: TLS library: handshake complete")
        stack.ssladmin("trace", "debug", "(ssl", "ssl00002")
        stack.ssladmin("start", "(ssl", "ssl00002")
        second = ConsoleReader(stack)
        second.path = second.path.replace("SSL00001", "SSL00002")
        second.having("SSLP646I SSL00002: accepts connections from now on")
