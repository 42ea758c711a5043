"""
The secure client: programs in C and Python that talk to C{openssl s_server}, and ports in cleartext here from which TLS
goes to a remote host, which must be who it should be (RFC 9525); the reason is in the log where it is not.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable

from sslpool import application
from sslpool.keydb.database import Database
from sslpool.keydb.records import Credential
from sslpool.keydb.revocations import addRevocations
from tests.doubles.certificates import makeAuthority, makeRevocations, makeServer, writeCredential
from tests.live.applications import Application, echo
from tests.live.configurations import PROFILE, freePort
from tests.live.programs import LIMIT
from tests.live.programsocket import EXAMPLES, ProgramCase, Spawned
from tests.live.running import until


class RemoteCase(ProgramCase):
    """
    A test with remote hosts.
    """

    def setUp(self) -> None:
        """
        Have the authority in the key database.
        """
        super().setUp()
        self.adapt("127.0.0.1:9")
        self.revoked = makeServer(self.authority)
        with Database.openStashed(self.files.keyFile) as database:
            database.addCertificates({"OURCA": self.authority.certificate})
            revoked = makeRevocations(self.authority, self.revoked.certificate)
            addRevocations(database, [revoked], "the test", time.time())

    def host(self, credential: Credential, converse: Callable[[socket.socket], None] = echo) -> Application:
        """
        Start a remote host: Python's own TLS, which sends back what comes.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        path = self.path(f"host{len(os.listdir(self.scratch))}.pem")
        context.load_cert_chain(writeCredential(path, credential))

        def secure(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secured:
                converse(secured)

        return Application(self, secure)


class ProgramTests(RemoteCase):
    """
    C{SecureClient}.
    """

    def openssl(self) -> tuple[Spawned, int]:
        """
        Start C{openssl s_server}, which sends back each line the other way round.
        """
        path = writeCredential(self.path("server.pem"), makeServer(self.authority))
        port = freePort(self)
        server = self.spawn("openssl", "s_server", "-quiet", "-rev", "-cert", path, "-accept", f"127.0.0.1:{port}")
        return server, port

    def test_programs(self) -> None:
        """
        The examples in C and in Python talk to C{openssl s_server}; where its name is
        another one they end with the reason.  Killed in the middle, nothing leaks.
        """
        self.serveFiles()
        _, port = self.openssl()
        program = self.example("secure")
        before = self.atRest()
        for command in ((program,), (sys.executable, str(EXAMPLES / "secure.py"))):
            client = self.spawn(*command, self.socket, "client", "localhost", "127.0.0.1", str(port), input=-1)
            client.say("hello\n")
            client.log.wait("^olleh$")
            [record] = self.stack.sessions()
            self.assertEqual((record.kind, record.client), ("Dynamic outbound", f"127.0.0.1:{port}"))
            self.assertRegex(self.stack.sslnetstat("conn").output, rf"127\.0\.0\.1\.\.{port} +Established")
            self.assertEqual(client.finish(), 0, client.log.text)
            until(lambda: not self.stack.status().sessions, "the end of the session")
        wrong = self.spawn(program, self.socket, "client", "mail.example", "127.0.0.1", str(port))
        wrong.log.wait("SSLP747E.*it is for localhost, 127.0.0.1, ::1, not for mail.example")
        self.assertEqual(wrong.finish(), 1)
        killed = self.spawn(program, self.socket, "client", "localhost", "127.0.0.1", str(port), input=-1)
        killed.say("again\n")
        killed.log.wait("^niaga$")
        killed.kill()
        self.assertNothingLeaks(before)

    def test_system(self) -> None:
        """
        The authorities of the operating system count where that is asked for.
        """
        other = makeAuthority("System CA")
        bundle = writeCredential(self.path("system.pem"), makeServer(other))
        with open(bundle, "wb") as file:
            from sslpool.keydb.exchange import exportPem

            file.write(exportPem([other.certificate]))
        os.environ["SSL_CERT_FILE"] = bundle
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
        self.serveFiles()
        host = self.host(makeServer(other))
        for authorities, trusted in ((("*SYSTEM",), True), ((), False), (("OURCA",), False)):
            connection = socket.create_connection(("127.0.0.1", host.port), LIMIT)
            self.addCleanup(connection.close)
            if not trusted:
                self.assertRaises(
                    application.NotVerified,
                    application.secureClient,
                    connection,
                    "localhost",
                    authorities=authorities,
                    path=self.socket,
                )
                continue
            with application.secureClient(
                connection, "localhost", authorities=authorities, path=self.socket
            ) as secured:
                secured.socket.sendall(b"ping")
                self.assertEqual(secured.socket.recv(64), b"ping")


class PortTests(RemoteCase):
    """
    PORT with SECURECLIENT.
    """

    def lead(self, address: str, operands: str = "") -> int:
        """
        Have a port lead to a remote host.
        """
        port = freePort(self)
        self.files.append(PROFILE, f"   {port} TCP RELAY SECURECLIENT {address} {operands}")
        return port

    def refused(self, port: int, reason: str) -> None:
        """
        Assert that a connection to the port is closed, and the reason is logged.
        """
        with socket.create_connection(("127.0.0.1", port), LIMIT) as connection:
            connection.settimeout(LIMIT)
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(connection.recv(1), b"")
        self.stack.log.wait(f"SSLP755W SSL00001: connection .* of RELAY to .* was not secured: .*{reason}")

    def answered(self, port: int) -> None:
        """
        Assert that what is sent to the port in cleartext comes back.
        """
        with socket.create_connection(("127.0.0.1", port), LIMIT) as connection:
            connection.settimeout(LIMIT)
            connection.sendall(b"ping")
            self.assertEqual(connection.recv(64), b"ping")
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(connection.recv(64), b"")

    def test_identity(self) -> None:
        """
        The right name and the right address are accepted; a wrong name, an address that is not in the certificate, an
        expired, a revoked one, and one of an unknown authority are refused, and the log says why.  Nothing leaks.
        """
        good = self.host(makeServer(self.authority))
        named = self.host(makeServer(self.authority, "localhost"))
        ports = {
            "name": self.lead(f"localhost:{good.port}"),
            "address": self.lead(f"127.0.0.1:{good.port}", "CA OURCA"),
            "told": self.lead(f"127.0.0.1:{named.port}", "NAME localhost"),
        }
        bad = {
            "it is for localhost, not for 127.0.0.1": self.lead(f"127.0.0.1:{named.port}"),
            "it is for localhost, 127.0.0.1, ::1, not for mail.example": self.lead(
                f"127.0.0.1:{good.port}", "NAME mail.example"
            ),
            "certificate has expired": self.lead(f"localhost:{self.host(makeServer(self.authority, days=-1)).port}"),
            "certificate revoked": self.lead(f"localhost:{self.host(self.revoked).port}"),
            "unable to get local issuer certificate": self.lead(
                f"localhost:{self.host(makeServer(makeAuthority('Unknown CA'))).port}"
            ),
            "SSLP752E The authority OTHER": self.lead(f"localhost:{good.port}", "CA OTHER"),
            "its name is unknown": self.lead("no-such-host.invalid:443"),
        }
        self.serveFiles()
        self.answered(ports["name"])
        until(lambda: not self.stack.status().sessions, "the end of the session")
        before = self.atRest()
        for port in ports.values():
            self.answered(port)
        for reason, port in bad.items():
            self.refused(port, reason)
        self.assertNothingLeaks(before)

    def test_startTLS(self) -> None:
        """
        A remote host is asked for TLS in its own protocol, here SMTP: our client gets the
        greeting, and talks to it in cleartext.  Data is checked in both directions.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(writeCredential(self.path("mail.pem"), makeServer(self.authority)))

        def serve(connection: socket.socket) -> None:
            file = connection.makefile("rwb", buffering=0)
            file.write(b"220 mail.example\r\n")
            self.assertEqual(file.readline(), b"EHLO localhost\r\n")
            file.write(b"250-mail.example\r\n250 STARTTLS\r\n")
            self.assertEqual(file.readline(), b"STARTTLS\r\n")
            file.write(b"220 go\r\n")
            with context.wrap_socket(connection, server_side=True) as secured:
                echo(secured)

        host = Application(self, serve)
        port = self.lead(f"localhost:{host.port}", "STARTTLS SMTP")
        self.serveFiles()
        payload = os.urandom(1 << 20)
        with socket.create_connection(("127.0.0.1", port), LIMIT) as connection:
            connection.settimeout(LIMIT)
            self.assertEqual(connection.recv(64), b"220 mail.example\r\n")
            sender = threading.Thread(target=connection.sendall, args=(payload,))
            sender.start()
            got = b""
            while len(got) < len(payload) and (octets := connection.recv(65536)):
                got += octets
            sender.join(LIMIT)
            self.assertEqual(got, payload)
            [record] = self.stack.sessions()
            self.assertEqual((record.kind, record.userid), ("Outbound", "RELAY"))
            self.assertEqual(record.client, f"127.0.0.1:{host.port}")

    def test_limit(self) -> None:
        """
        The limits count such sessions as all others.
        """
        self.limit(2, 1)
        host = self.host(makeServer(self.authority))
        port = self.lead(f"localhost:{host.port}")
        self.serveFiles()
        held = [socket.create_connection(("127.0.0.1", port), LIMIT) for _ in range(3)]
        for each in held:
            self.addCleanup(each.close)
            each.settimeout(LIMIT)
            each.sendall(b"ping")
        for each in held[:2]:
            self.assertEqual(each.recv(64), b"ping")
        until(lambda: self.stack.status().full, "a connection to wait")
        held[0].close()
        self.assertEqual(held[2].recv(64), b"ping")
