"""
The one-line mode: C{--listen}, C{--connect} and C{--certificate} put a pool in front of an application without any file
of configuration.  What is wrong with the options is said in one message, before anything is started: exit status 1, no
traceback, nothing left behind.
"""

from __future__ import annotations

import os
import pwd
import signal
import socket

from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.trial.unittest import SkipTest

from tests.doubles.certificates import makeAuthority, makeServer, writeCertificates, writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish
from tests.live.configurations import freePort
from tests.live.running import LiveCase, Stack
from tests.live.test_grants import statusOf


class OneLineCase(LiveCase):
    """
    A test with a certificate in a PEM file.
    """

    def setUp(self) -> None:
        """
        Make the certificate.
        """
        super().setUp()
        authority = makeAuthority()
        self.certificates = writeCertificates(self.path("authority.pem"), authority.certificate)
        self.pem = writeCredential(self.path("server.pem"), makeServer(authority))


class ServingTests(OneLineCase):
    """
    A pool from one line.
    """

    def test_serves(self) -> None:
        """
        Connections are secured and relayed, over IPv4 and IPv6 where no address
        is given, and C{--max-per-server} holds: the third one goes to the second server.
        """
        application = Application(self, echo)
        port = freePort(self)
        stack = self.serve(
            "--listen", f":{port}", "--connect", application.address, "--certificate", self.pem,
            "--servers", "2", "--max-per-server", "2",
        )  # fmt: skip
        client = Client(self, port, self.certificates)
        held = [client.connect("127.0.0.1"), client.connect("::1"), client.connect()]
        for each in held:
            exchange(each)
        stack.waitForSessions(2, 1)
        for each in held:
            finish(each)
        stack.waitForSessions(0, 0)

    def test_names(self) -> None:
        """
        C{localhost} stands for both families, in front and behind.
        """
        number = Application(self, echo).address.rpartition(":")[2]
        port = freePort(self)
        options = ("--listen", f"localhost:{port}", "--connect", f"localhost:{number}", "--certificate", self.pem)
        self.serve(*options, "--servers", "1")
        client = Client(self, port, self.certificates)
        for address in ("127.0.0.1", "::1"):
            connection = client.connect(address)
            exchange(connection)
            finish(connection)

    def test_asWhom(self) -> None:
        """
        The servers are the user of C{--user} in all respects, and the application sees the address of C{--source}.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can give a process another user")
        seen: list[str] = []

        def look(connection: socket.socket) -> None:
            seen.append(connection.getpeername()[0])
            echo(connection)

        port, user = freePort(self), pwd.getpwnam("nobody")
        os.chown(self.pem, -1, user.pw_gid)
        os.chmod(self.pem, 0o640)
        options = ("--listen", f"127.0.0.1:{port}", "--connect", Application(self, look).address)
        who = ("--source", "127.0.0.2", "--user", user.pw_name)
        stack = self.serve(*options, "--certificate", self.pem, *who)
        status = statusOf(stack.pid(1))
        self.assertEqual((status["Uid"], status["Gid"]), ([str(user.pw_uid)] * 4, [str(user.pw_gid)] * 4))
        self.assertEqual(statusOf(stack.process.pid)["Uid"], ["0"] * 4)
        exchange(Client(self, port, self.certificates).connect())
        self.assertEqual(seen, ["127.0.0.2"])
        self.assertEqual(stack.log.found("SSLP22[6-9]|SSLP275W|SSLP135W"), [])

    def test_strayModules(self) -> None:
        """
        Nothing is imported from the directory in which the stack happens to be started.
        """
        directory = self.path("here")
        os.mkdir(directory)
        for name in ("secrets.py", "queue.py"):
            with open(os.path.join(directory, name), "w", encoding="ascii") as file:
                file.write("raise SystemExit(1)\n")
        application = Application(self, echo)
        port = freePort(self)
        options = ("--listen", f"127.0.0.1:{port}", "--connect", application.address, "--certificate", self.pem)
        stack = self.serve(*options, launcher=("env", "-C", directory))
        finish(Client(self, port, self.certificates).connect())
        self.assertEqual(len(stack.log.found("SSLP102E")), 0)

    def test_temporaryDirectory(self) -> None:
        """
        Without C{--run} the control socket is in a directory that goes with the stack.
        """
        options = ["--listen", f":{freePort(self)}", "--connect", "127.0.0.1:9", "--certificate", self.pem]
        stack = self.adopt(Stack(self.scratch, options))
        stack.log.wait("SSLP100I")
        self.assertEqual(len(os.listdir(stack.temporary)), 1)
        self.assertIn(stack.end(), (0, -signal.SIGTERM))
        self.assertNothingLeft(stack)


class RefusalTests(OneLineCase):
    """
    Options that cannot be used.
    """

    def refused(self, *arguments: str) -> Stack:
        """
        Start a stack that refuses to start.
        """
        return self.adopt(Stack(self.scratch, arguments))

    def assertRefused(self, stack: Stack, messageId: str, words: str) -> None:
        """
        The stack has ended with one message and left nothing.
        """
        code = stack.wait()
        lines = stack.log.text.splitlines()
        usage = messageId in ("SSLP003E", "SSLP004E", "SSLP005E")
        self.assertEqual((code, len(lines)), (2 if usage else 1, 1), stack.log.text)
        self.assertIn(messageId, lines[0])
        self.assertIn(words, lines[0])
        self.assertNothingLeft(stack)

    def test_badOptions(self) -> None:
        """
        Each option that cannot be used is named with what is wrong about it.
        """
        listen, connect = ("--listen", "127.0.0.1:1"), ("--connect", "127.0.0.1:9")
        certificate = ("--certificate", self.pem)
        garbage = self.path("garbage.pem")
        with open(garbage, "wb") as file:
            file.write(os.urandom(2000))
        refusals = [
            ((), "SSLP003E", "--demo"),
            (("--demo", *listen), "SSLP005E", "--demo"),
            ((*listen, *connect), "SSLP004E", "--certificate"),
            (("--listen", "nowhere", *connect, *certificate), "SSLP004E", "nowhere"),
            ((*listen, *connect, "--certificate", self.path("absent.pem")), "SSLP3", "absent.pem"),
            ((*listen, *connect, "--certificate", garbage), "SSLP3", "garbage.pem"),
            ((*listen, *connect, *certificate, "--servers", "0"), "SSLP004E", "--servers"),
            ((*listen, *connect, *certificate, "--routing", "best"), "SSLP004E", "--routing"),
        ]
        started = [(self.refused(*arguments), messageId, words) for arguments, messageId, words in refusals]
        for each in started:
            self.assertRefused(*each)

    def test_nobody(self) -> None:
        """
        A certificate with which no server could serve anybody, and cleartext that would come back.
        """
        weak = makeServer(makeAuthority(), key=rsa.generate_private_key(65537, 1024))
        # Nothing else is to be said.
        known = ("--source", "127.0.0.1", "--user", str(os.geteuid()))
        certificate = ("--certificate", writeCredential(self.path("weak.pem"), weak))
        useless = self.refused("--listen", "127.0.0.1:1", "--connect", "127.0.0.1:9", *certificate, *known)
        loop = self.refused("--listen", ":1", "--connect", "localhost:1", "--certificate", self.pem)
        self.assertRefused(useless, "SSLP025E", "SSLP130E Label DEFAULT cannot be used: ee key too small")
        self.assertEqual(loop.wait(), 1)
        found = "--listen: SSLP223E The cleartext of secure port 1 of CONNECT goes to localhost:1"
        self.assertTrue(loop.log.text.startswith(found), loop.log.text)
        self.assertNothingLeft(loop)

    def test_portInUse(self) -> None:
        """
        Another program listens on the port.
        """
        with socket.create_server(("127.0.0.1", 0)) as other:
            local = f"127.0.0.1:{other.getsockname()[1]}"
            # Nothing else is to be said.
            known = ("--source", "127.0.0.1", "--user", str(os.geteuid()))
            stack = self.refused("--listen", local, "--connect", "127.0.0.1:9", "--certificate", self.pem, *known)
            self.assertRefused(stack, "SSLP025E", f"{local} is not opened: another program already listens there")
