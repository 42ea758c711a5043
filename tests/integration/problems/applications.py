"""
"Problem: Protected application server shuts down at start up", "Connection to protected application cannot be
established" and "Connection closes due to errors" of the source document.
"""

from __future__ import annotations

import os
import ssl
import sys

from tests.doubles.certificates import makeDatabase
from tests.integration.problems.case import ProblemCase
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import PROFILE, SYSTEM, freePort
from tests.live.running import until


class StartUpTests(ProblemCase):
    """
    A protected application shuts down at start-up.
    """

    def test_labelMissing(self) -> None:
        """
        The label of a secure port is not in the key database.  Symptom: clients of that application are refused.
        NETSTAT CONFIG SSL shows that the servers run, NETSTAT CONN that nobody listens on the port, the console names
        port and label, and C{gskkyman} lists the labels that there are.  With the label, and SSLADMIN REFRESH, the port
        is opened.
        """
        port = self.adapt(Application(self, echo))
        missing = freePort(self)
        self.files.append(PROFILE, f"   {missing} TCP WEBSERV SECURE NOTTHERE")
        stack = self.serve(*self.options)
        self.assertRaises(ConnectionRefusedError, self.client(missing).dial)
        self.assertRegex(stack.sslnetstat("config", "ssl").output, r"SSL00001 +Active")
        connections = stack.sslnetstat("conn").output
        self.assertIn(f"..{port} ", connections)
        self.assertNotIn(f"..{missing} ", connections)
        named = f"SSLP020E Port {missing} is not opened: label NOTTHERE is not in the key database"
        stack.log.wait(named)
        self.assertIn(named, self.check().output)
        self.assertNotIn("NOTTHERE", self.labels())

        os.unlink(self.files.keyFile)
        makeDatabase(self.files.keyFile, [self.credential(), self.credential("NOTTHERE")])
        self.assertEqual(stack.ssladmin("refresh").code, 0)
        self.client(missing).hold(1)
        self.assertIn(f"..{missing} ", stack.sslnetstat("conn").output)

    def test_application(self) -> None:
        """
        An application that AUTOLOG starts ends at once: the console says how it ended and that it is tried again.  Its
        clients' connections are closed, and the console names application and address.
        """
        self.files.replace(PROFILE, ";  WEBSERV 0", "   WEBSERV 0")
        port = self.adapt(f"127.0.0.1:{freePort(self)}")
        self.files.append(SYSTEM, f"   :command.{sys.executable} -c exit(3)")
        stack = self.serve(*self.options)
        stack.log.wait("SSLP032E WEBSERV ended: .*exit status 3; starting it again in")
        refused = self.client(port).connect()
        self.assertEqual(refused.recv(1), b"")
        stack.log.wait("SSLP121W SSL00001: WEBSERV at 127.0.0.1:.* cannot be reached: .*Connection refused")

    def test_serverId(self) -> None:
        """
        SSLSERVERID names a server that is not the one that there is: nothing starts, and the message names it.
        """
        self.adapt("127.0.0.1:9")
        self.files.replace(PROFILE, "SSLSERVERID * ", "SSLSERVERID SSLSERV ")
        self.assertIn(
            "SSLP236E No entry with :class.ssl for SSL server SSLSERV of stack TCPIP", "\n".join(self.refused())
        )


class EstablishmentTests(ProblemCase):
    """
    A connection to a protected application cannot be established.  TRACE, which
    the document advises last, comes with a later release.
    """

    def test_fullOrStopped(self) -> None:
        """
        The pool is full: NETSTAT CONFIG SSL and SSLADMIN QUERY STATUS show current and maximum sessions, and that
        connections wait; the console says what to raise.  All servers are Stopped: both show it, sessions or not.  With
        START a client gets in.
        """
        self.limit(2, 1)
        clients = self.client(self.adapt(Application(self, echo)))
        stack = self.serve(*self.options)
        held = clients.hold(2)
        waiting = clients.dial()
        until(lambda: stack.status().full, "a connection to wait")
        for report in (stack.sslnetstat("config", "ssl"), stack.ssladmin("query", "status")):
            self.assertRegex(report.output, r"(?i)maximum sessions: +2\b|sessions +2 of 2|2 +.*\b2\b")
            self.assertRegex(report.output, "(?i)wait")
        status = stack.sslnetstat("--json", "config", "ssl").json()
        self.assertEqual((status["sessions"], status["maximum"], status["full"]), (2, 2, True))
        stack.log.wait("SSLP108W The pool is full .sessions: 2., and no server is left to activate")
        finish(held.pop())
        exchange(clients.secure(waiting))

        self.assertEqual(stack.ssladmin("stop", "(", "now").code, 0)
        self.assertEqual(stack.sslnetstat("config", "ssl").output.count("Stopped"), 2)
        late = clients.dial()
        self.assertEqual(stack.ssladmin("start").code, 0)
        exchange(clients.secure(late))


class ErrorTests(ProblemCase):
    """
    A connection closes due to errors.  TRACE CONNECTIONS, which the document advises last, comes with a later release.
    """

    def test_expired(self) -> None:
        """
        The certificate has expired: clients refuse it.  The console, C{sslpool check}
        and C{gskkyman} say when it did.  A renewed one is in the key database, but
        clients still refuse: the server has the old one until SSLADMIN REFRESH.
        """
        clients = self.client(self.adapt(Application(self, echo), self.credential(days=-2)))
        stack = self.serve(*self.options)
        self.assertRaises(ssl.SSLCertVerificationError, clients.connect)
        stack.log.wait("SSLP026W The certificate of label WEBCERT expired on")
        self.assertIn("SSLP026W The certificate of label WEBCERT expired on", self.check().output)
        self.assertRegex(self.labels(), "(?i)expired")
        stack.log.wait("SSLP120W SSL00001: connection .* not secured: .*certificate expired")

        os.unlink(self.files.keyFile)
        makeDatabase(self.files.keyFile, [self.credential()])
        self.assertRaises(ssl.SSLCertVerificationError, clients.connect)
        self.assertIn("SSLP119I The key database has been read by SSL00001", stack.ssladmin("refresh").output)
        clients.hold(1)

    def test_wrongLabel(self) -> None:
        """
        The port has the label of another certificate: clients close the connection, since the name in it is not the one
        they want.  NETSTAT CONN's records show the label that secures the port; OBEYFILE with the right one helps.
        """
        other = self.credential("OTHER", names=("elsewhere.example",))
        port = self.adapt(Application(self, echo), self.credential(), other)
        self.files.replace(PROFILE, f"{port} TCP WEBSERV SECURE WEBCERT", f"{port} TCP WEBSERV SECURE OTHER")
        stack = self.serve(*self.options)
        clients = self.client(port)
        self.assertRaises(ssl.SSLCertVerificationError, clients.connect)
        listeners = stack.sslnetstat("--json", "conn").json()["listeners"]
        self.assertEqual({each["label"] for each in listeners}, {"OTHER"})
        self.assertIn("elsewhere.example", self.labels())
        self.assertEqual(stack.sslnetstat("obey", f"PORT {port} TCP WEBSERV SECURE WEBCERT").code, 0)
        clients.hold(1)
