"""
What a label asks of clients (C{:clientcertcheck.}) is in effect for everybody as soon as it is obeyed: for
static ports, for those whose connections become secure on the way, and for connections of programs.  What
waits for a new start is named each time.
"""

from __future__ import annotations

import contextlib
import signal
import smtplib
import socket
import threading

from sslpool import application
from tests.live.applications import Application
from tests.live.clients import exchange, trusting
from tests.live.configurations import IBM, LABEL, PROFILE, SYSTEM, freePort
from tests.live.programs import LIMIT
from tests.live.programsocket import ProgramCase

LATER = "SSLP046W A change of {} takes effect when the stack is restarted"
POOL = "                :mixedcaseparms.YES\n"


def mail(connection: socket.socket) -> None:
    """
    A mail server that has nothing to offer.
    """
    connection.sendall(b"220 mail\r\n")
    while asked := connection.recv(65536):
        connection.sendall(b"221 bye\r\n" if asked.startswith(b"QUIT") else b"250 mail\r\n")


class DemandTests(ProgramCase):
    """
    One pool, and the same label everywhere.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.mail = freePort(self)
        server = Application(self, mail)
        self.files.append(PROFILE, f"PORT {self.mail} TCP MAIL")
        entry = f":nick.MAIL :type.server :address.{server.address}\n:dynamic.SMTP :tlslabel.{LABEL}"
        self.files.append(SYSTEM, f"{entry} :secureconnection.REQUIRED")
        self.setUpPool()

    def static(self) -> None:
        """
        Have something echoed.
        """
        exchange(self.client(self.port).connect())

    def dynamic(self) -> None:
        """
        Say EHLO over TLS.
        """
        with smtplib.SMTP("localhost", self.mail, timeout=LIMIT) as client:
            client.starttls(context=trusting(self.certificates))
            self.assertEqual(client.ehlo()[0], 250)

    def program(self) -> None:
        """
        Have a program greet over TLS.
        """
        connecting, accepted = self.tcpPair()

        def serve() -> None:
            with contextlib.suppress(application.Refused, OSError):
                secured = application.secureServer(accepted, LABEL, path=self.socket)
                with secured.socket as cleartext:
                    cleartext.sendall(b"hello")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            client = trusting(self.certificates).wrap_socket(connecting, server_hostname="localhost")
            with client:
                self.assertEqual(client.recv(5), b"hello")
        finally:
            connecting.close()
            thread.join(LIMIT)

    def obey(self) -> list[str]:
        """
        Obey what changes nothing by itself.
        """
        done = self.stack.sslnetstat("obey", "ssllimits wait 30")
        self.assertEqual((done.code, done.error), (0, ""))
        return done.output.splitlines()

    def test_everybody(self) -> None:
        """
        Without a certificate everybody gets in, after a change nobody, and everybody when it is taken back.
        """
        ways = (self.static, self.dynamic, self.program)
        demanding = f"                :clientcertcheck.{LABEL} REQUIRED\n{POOL}"
        for way in ways:
            way()
        self.files.replace(IBM, POOL, demanding)
        self.assertIn(f"SSLP043I :clientcertcheck. changed from none to {LABEL} REQUIRED", self.obey())
        for way in ways:
            self.assertRaises((OSError, smtplib.SMTPServerDisconnected), way)
        self.assertEqual(self.obey(), ["SSLP045I Nothing changes"])
        self.files.replace(IBM, demanding, POOL)
        self.assertIn(f"SSLP043I :clientcertcheck. changed from {LABEL} REQUIRED to none", self.obey())
        for way in ways:
            way()

    def test_pending(self) -> None:
        """
        What waits for a new start is named at each OBEY, at SIGHUP and by QUERY STATUS, until it is taken back.
        """
        changed = f"                :admin_port.127.0.0.1:{freePort(self)} LABEL {LABEL}\n{POOL}"
        self.files.replace(IBM, POOL, changed)
        self.files.replace(IBM, ":dcss_parms.<DEFAULT>", ":dcss_parms.TCPIP 20000-200FF")
        expected = [LATER.format(what) for what in (":dcss_parms.", ":admin_port.")]
        first = self.obey()
        self.assertEqual(first[:-1], expected)
        self.assertRegex(first[-1], r"SSLP062I .*: SSLP203I 20000-200FF in :dcss_parms\. has no effect")
        self.assertEqual([self.obey() for _ in range(2)], [["SSLP045I Nothing changes", *expected]] * 2)
        self.assertEqual(self.stack.ssladmin("--json", "query", "status").json()["pending"], expected)
        self.stack.process.send_signal(signal.SIGHUP)
        self.stack.log.wait("SSLP012I")
        self.assertIn("Pending  SSLP046W A change of :admin_port.", self.stack.ssladmin("query", "status").output)
        self.files.replace(IBM, changed, POOL)
        self.files.replace(IBM, ":dcss_parms.TCPIP 20000-200FF", ":dcss_parms.<DEFAULT>")
        self.assertEqual(self.obey(), ["SSLP045I Nothing changes"])
        self.assertEqual(self.stack.ssladmin("--json", "query", "status").json()["pending"], [])
