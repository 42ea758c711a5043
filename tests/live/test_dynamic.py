"""
A program that holds a plain TCP socket has it secured as the TLS server: in C without any library, in Python with
blocking sockets, with asyncio, in Twisted.  Clients are those of OpenSSL and of Python.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any
from unittest import SkipTest

from sslpool import application
from sslpool.application import coroutines
from tests.live.clients import exchange, finish, trusting
from tests.live.configurations import LABEL, SYSTEM
from tests.live.programs import CHECKOUT, LIMIT, environment
from tests.live.programsocket import EXAMPLES, ProgramCase, Spawned
from tests.live.running import until

AS_ANOTHER = """
import os, socket, sys
from sslpool.application import Refused, queryTLS, secureServer
uid, path, label, descriptor = sys.argv[1:]
os.setgroups([])
os.setuid(int(uid))
queryTLS(label, path=path)
try:
    secureServer(socket.socket(fileno=int(descriptor)), label, path=path)
except Refused as refused:
    print(refused)
"""
"""
Becomes another user when everything is imported, and has a connection secured.
"""


class ServerTests(ProgramCase):
    """
    C{SecureServer} and what belongs to it.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.files.append(SYSTEM, ":nick.NOBODY :type.server :address.127.0.0.1:9")
        self.setUpPool()

    def test_authority(self) -> None:
        """
        A user whose name is the userid of an application of the stack may have
        connections secured; another one may ask for labels only.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can call as another user")
        for name, expected in (("nobody", "SSLP746E"), ("daemon", "SSLP742E DAEMON may not have connections secured")):
            uid = str(pwd.getpwnam(name).pw_uid)
            connecting, accepted = self.tcpPair()
            connecting.sendall(b"no TLS")
            done = subprocess.run(
                [sys.executable, "-c", AS_ANOTHER, uid, self.socket, LABEL, str(accepted.fileno())],
                pass_fds=[accepted.fileno()],
                capture_output=True,
                text=True,
                timeout=LIMIT,
                env=environment(),
                check=False,
            )
            self.assertIn(expected, done.stdout, done.stderr)

    def secure(self, connection: socket.socket, name: str = "localhost") -> ssl.SSLSocket:
        """
        Do the handshake as the client.
        """
        secured = trusting(self.certificates).wrap_socket(connection, server_hostname=name, suppress_ragged_eofs=False)
        self.addCleanup(secured.close)
        return secured

    def both(self, server: Callable[[socket.socket], Any]) -> tuple[ssl.SSLSocket, Any]:
        """
        Have a connection secured; return the client's end and what C{server} returned.
        """
        connecting, accepted = self.tcpPair()
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(server(accepted)))
        thread.start()
        client = self.secure(connecting)
        thread.join(LIMIT)
        return client, results[0]

    def secured(self) -> tuple[ssl.SSLSocket, application.Secured]:
        """
        Have a connection secured; return both ends.
        """
        client, secured = self.both(lambda each: application.secureServer(each, LABEL, path=self.socket))
        self.addCleanup(secured.close)
        secured.socket.settimeout(LIMIT)
        return client, secured

    def openssl(self, server: Spawned) -> None:
        """
        Have C{openssl s_client} say something, get it back, and end.
        """
        port = server.log.wait(r"port (\d+)").group(1)
        client = self.spawn(
            "openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", self.certificates,
            "-verify_hostname", "localhost", "-no_ign_eof", "-connect", f"127.0.0.1:{port}", input=subprocess.PIPE,
        )  # fmt: skip
        client.say("hello from openssl\n")
        client.log.wait("^hello from openssl$")
        client.finish()
        self.assertEqual(server.finish(), 0, server.log.text)

    def test_programs(self) -> None:
        """
        The examples in C and in Python serve C{openssl s_client}, and nothing is left of them.
        """
        self.programInC()
        self.programInPython()

    def test_reported(self) -> None:
        """
        A session is reported to the program, and to operators as any other.
        """
        self.detail()
        until(lambda: self.stack.status().sessions == 0, "the end of the session")
        self.alike()

    def test_refusals(self) -> None:
        """
        What is not known, or is no TLS, is refused in words; and so is everything without servers.
        """
        self.unknownLabel()
        self.notTLS()
        self.exampleServer()
        self.query()

    def test_reactors(self) -> None:
        """
        Programs with asyncio and Twisted have connections secured that were in use.
        """
        self.withAsyncio()
        self.withTwisted()

    def programInC(self) -> None:
        """
        The example in C serves C{openssl s_client}, and nothing is left of it.
        """
        program = self.example("secure")
        before = self.atRest()
        server = self.spawn(program, self.socket, "server", LABEL, "127.0.0.1", "0")
        self.openssl(server)
        self.assertNothingLeaks(before)

    def programInPython(self) -> None:
        """
        So does the example in Python.
        """
        before = self.atRest()
        server = self.spawn(sys.executable, str(EXAMPLES / "secure.py"), self.socket, "server", LABEL, "127.0.0.1", "0")
        self.openssl(server)
        self.assertNothingLeaks(before)

    def test_killed(self) -> None:
        """
        A program that is killed in the middle, during the handshake or after it,
        ends its session; its client sees the end, and nothing leaks.
        """
        program = self.example("secure")
        before = self.atRest()
        early = self.spawn(program, self.socket, "server", LABEL, "127.0.0.1", "0")
        dialled = socket.create_connection(("127.0.0.1", int(early.log.wait(r"port (\d+)").group(1))), LIMIT)
        self.addCleanup(dialled.close)
        self.stack.waitForSessions(1)
        early.kill()
        self.assertEqual(dialled.recv(1), b"")
        late = self.spawn(program, self.socket, "server", LABEL, "127.0.0.1", "0")
        client = self.secure(socket.create_connection(("127.0.0.1", int(late.log.wait(r"port (\d+)").group(1))), LIMIT))
        exchange(client)
        late.kill()
        # close_notify, in good order: the program's end of the pair was empty.
        self.assertEqual(client.recv(1), b"")
        client.close()
        self.assertNothingLeaks(before)

    def test_serverKilled(self) -> None:
        """
        A connection on which the program has spoken in cleartext goes to another server when the
        one that it was handed to is killed before it has read anything.
        """
        connecting, accepted = self.tcpPair()
        connecting.sendall(b"EHLO client.example\r\nSTARTTLS\r\n")
        accepted.recv(100)
        server = self.stack.pid(1)
        os.kill(server, signal.SIGSTOP)
        results: list[application.Secured] = []
        thread = threading.Thread(
            target=lambda: results.append(application.secureServer(accepted, LABEL, path=self.socket))
        )
        thread.start()
        self.stack.waitForSessions(1)
        os.kill(server, signal.SIGKILL)
        client = self.secure(connecting)
        thread.join(LIMIT)
        self.addCleanup(results[0].close)
        client.sendall(b"hello")
        self.assertEqual(results[0].socket.recv(100), b"hello")

    def test_data(self) -> None:
        """
        Much data goes both ways, and each side's end reaches the other.
        """
        client, secured = self.secured()
        payload = os.urandom(1 << 20) * 8

        def send() -> None:
            secured.socket.sendall(payload)
            secured.socket.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        got = b"".join(iter(lambda: client.recv(65536), b""))
        sender.join(LIMIT)
        self.assertEqual(got, payload)
        client.sendall(b"still there")
        self.assertEqual(secured.socket.recv(64), b"still there")

    def detail(self) -> None:
        """
        The program hears what was agreed, at once and when it asks again.
        """
        client, secured = self.secured()
        detail = secured.secureDetail()
        self.assertEqual(detail, secured.detail)
        cipher = client.cipher()
        assert cipher is not None
        self.assertEqual((detail["protocol"], detail["cipher"]), (client.version(), cipher[0]))
        self.assertEqual((detail["serverName"], detail["certificate"]), ("localhost", None))
        [record] = self.stack.sessions()
        self.assertEqual(secured.number, record.number)
        secured.close()
        client.close()

    def test_clear(self) -> None:
        """
        C{ClearSecure} ends TLS on both sides; the connection goes on in cleartext.
        """
        before = self.atRest()
        client, secured = self.secured()
        secured.socket.sendall(b"the last in TLS")
        results: list[socket.socket] = []
        thread = threading.Thread(target=lambda: results.append(secured.clearSecure()))
        thread.start()
        self.assertEqual(client.recv(64), b"the last in TLS")
        clear = client.unwrap()
        thread.join(LIMIT)
        [mine] = results
        self.addCleanup(mine.close)
        mine.sendall(b"in the clear")
        self.assertEqual(clear.recv(64), b"in the clear")
        clear.sendall(b"and back")
        self.assertEqual(mine.recv(64), b"and back")
        secured.close()
        self.assertNothingLeaks(before)

    def test_notCleared(self) -> None:
        """
        Where the other side knows nothing of that, the program hears so.
        """
        client, secured = self.secured()

        def misunderstand() -> None:
            self.assertEqual(client.recv(1), b"")
            os.write(client.fileno(), b"GET / HTTP/1.0")

        thread = threading.Thread(target=misunderstand)
        thread.start()
        error = self.assertRaises(application.NotCleared, secured.clearSecure)
        thread.join(LIMIT)
        self.assertEqual(error.id, "SSLP748E")

    def alike(self) -> None:
        """
        QUERY SESSIONS, NETSTAT CONN and the limits know the session as any other.
        """
        client, secured = self.secured()
        static = self.client(self.port).hold(1)[0]
        self.stack.waitForSessions(2)
        [mine, other] = self.stack.sessions()
        owner = pwd.getpwuid(os.geteuid()).pw_name.upper()
        self.assertEqual((mine.kind, mine.userid, mine.label), ("Dynamic", owner, LABEL))
        self.assertEqual(mine.client, "{}:{}".format(*client.getsockname()))
        self.assertEqual(mine.local, "{}:{}".format(*client.getpeername()))
        self.assertEqual((other.kind, other.state, mine.state), ("Static", "Established", "Established"))
        self.assertRegex(self.stack.ssladmin("query", "sessions").output, rf"{owner}  dynamic  TLSv1.3")
        self.assertRegex(
            self.stack.sslnetstat("conn").output, rf"{owner} +{mine.number} +127.0.0.1\.\.\d+ +127.0.0.1\.\.\d+"
        )
        finish(static)

    def query(self) -> None:
        """
        C{QueryTLS} knows labels, and servers.
        """
        application.queryTLS(LABEL, path=self.socket)
        application.queryTLS(path=self.socket)
        error = self.assertRaises(application.LabelNotRecognized, application.queryTLS, "NOTTHERE", path=self.socket)
        self.assertEqual(str(error), "SSLP740E Label is not recognized")
        self.stack.ssladmin("stop", "(", "now")
        error = self.assertRaises(application.NotAvailable, application.queryTLS, LABEL, path=self.socket)
        self.assertEqual(error.text, "SSL Server is not available on local system.")

    def exampleServer(self) -> None:
        """
        An example FTP server verifies its label when it starts, and ends where that is not known.
        """
        done = subprocess.run(
            [sys.executable, str(EXAMPLES / "secure.py"), self.socket, "query", "NOTTHERE"],
            capture_output=True, text=True, timeout=LIMIT, check=False, env=environment(),
        )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertIn("Error verifying TLS label NOTTHERE: Label is not recognized", done.stderr)

    def unknownLabel(self) -> None:
        """
        A label that is not known is refused at once, and the connection is as it was.
        """
        connecting, accepted = self.tcpPair()
        self.assertRaises(
            application.LabelNotRecognized, application.secureServer, accepted, "NOTTHERE", path=self.socket
        )
        accepted.sendall(b"as it was")
        self.assertEqual(connecting.recv(64), b"as it was")

    def notTLS(self) -> None:
        """
        Where the other side speaks no TLS, the program hears so.
        """
        connecting, accepted = self.tcpPair()
        connecting.sendall(b"GET / HTTP/1.0\r\n\r\n")
        error = self.assertRaises(application.Refused, application.secureServer, accepted, LABEL, path=self.socket)
        self.assertEqual(error.id, "SSLP746E")

    def withAsyncio(self) -> None:
        """
        A program with asyncio speaks in cleartext, and goes on in TLS.
        """

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.assertEqual(await reader.readline(), b"STARTTLS\n")
            writer.write(b"go\n")
            reader, writer = await coroutines.startTLS(writer, LABEL, path=self.socket)
            writer.write((await reader.readline()).upper())
            writer.close()

        async def program() -> str:
            await coroutines.queryTLS(LABEL, path=self.socket)
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            async with server:
                return await asyncio.to_thread(self.upgrade, port)

        self.assertEqual(asyncio.run(asyncio.wait_for(program(), LIMIT)), "HELLO\n")

    def upgrade(self, port: int) -> str:
        """
        Be the client of the upgrading programs.
        """
        connection = socket.create_connection(("127.0.0.1", port), LIMIT)
        connection.sendall(b"STARTTLS\n")
        if connection.recv(3) != b"go\n":
            raise AssertionError("no go")
        with trusting(self.certificates).wrap_socket(connection, server_hostname="localhost") as secured:
            secured.sendall(b"hello\n")
            return b"".join(iter(lambda: secured.recv(64), b"")).decode()

    def withTwisted(self) -> None:
        """
        So does a program in Twisted; and its endpoint secures a connection before its protocol begins.
        """
        for mode in ("upgrade", "endpoint"):
            # Beside the program is a package that is called like a module of Python's.
            path = str(CHECKOUT / "tests/live/twistedprogram.py")
            program = self.spawn(sys.executable, "-P", path, self.socket, mode)
            port = int(program.log.wait(r"port (\d+)").group(1))
            if mode == "upgrade":
                self.assertEqual(self.upgrade(port), "HELLO\n")
            else:
                client = self.secure(socket.create_connection(("127.0.0.1", port), LIMIT))
                client.sendall(b"hello\n")
                self.assertEqual(client.recv(64), b"HELLO\n")
                client.close()
            program.kill()
            self.assertNotIn("Traceback", program.log.text)
        until(lambda: self.stack.status().sessions == 0, "the end of all sessions")
