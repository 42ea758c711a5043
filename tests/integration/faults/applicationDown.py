"""
An application that is down: its clients get a clean close, the reason is logged once and not for each of them, and
every new connection tries again, so that the application is reached as soon as it is back.
"""

from __future__ import annotations

from tests.live.applications import Application, echo
from tests.live.clients import finish, receive
from tests.live.configurations import FilesCase, freePort
from tests.live.programs import run

EMPTY_REPLY = 52
"""
The exit status of curl where the server has closed in good order without an answer.
"""


class ApplicationDownTests(FilesCase):
    """
    A pool in front of nothing.
    """

    def test_downAndBack(self) -> None:
        """
        C{ssl} sees close_notify and curl an orderly end; one message, though there
        were four connections; the next connection after the application is back works.
        """
        there = freePort(self)
        port = self.adapt(f"127.0.0.1:{there}")
        stack = self.serve(*self.options)
        client = self.client(port)
        for _ in range(3):
            connection = client.connect()
            self.assertEqual(receive(connection, 1), b"")
            finish(connection)
        page = run("curl", "--silent", "--cacert", self.certificates, f"https://localhost:{port}/")
        self.assertEqual(page.code, EMPTY_REPLY)
        stack.waitForSessions(0)
        stack.log.wait(rf"SSLP121W SSL00001: WEBSERV at 127.0.0.1:{there} cannot be reached: .*refused")
        self.assertEqual(len(stack.log.found("SSLP121W")), 1)

        Application(self, echo, there)
        client.hold(1)
        stack.log.wait("SSLP122I SSL00001: WEBSERV can be reached again")
        outcomes = stack.ssladmin("--json", "query", "status", "details").json()[0]["outcomes"]
        self.assertEqual(outcomes, {"application not reachable": 4})

    def test_diesDuringSession(self) -> None:
        """
        An application that ends in the middle of a session: the client sees the
        end in good order, after everything that the application had said.
        """
        application = Application(self, lambda connection: connection.sendall(b"the last words" * 10000))
        port = self.adapt(application)
        stack = self.serve(*self.options)
        connection = self.client(port).connect()
        self.assertEqual(receive(connection, 1 << 20), b"the last words" * 10000)
        finish(connection)
        stack.waitForSessions(0)
