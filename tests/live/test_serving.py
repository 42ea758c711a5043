"""
SSLADMIN QUERY SERVING on a running pool, in one state after another: it says whether a client would be
served, and a client finds that it is so.
"""

from __future__ import annotations

import os
import signal

from sslpool.control.paths import socketPath
from sslpool.wire.records import ServingStatus
from sslpool.wire.vocabulary import COMMANDS
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.console import ask
from tests.live.running import Stack, until


class ServingTests(FilesCase):
    """
    Two servers of one session each, and two ports, one of which has no label.
    """

    def setUp(self) -> None:
        """
        Make the configuration.
        """
        super().setUp()
        self.limit(2, 1, "LIVENESS 1")
        self.application = Application(self, echo)
        self.port = self.adapt(self.application)
        self.other = freePort(self)
        line = f"   {self.port} TCP WEBSERV SECURE WEBCERT"
        self.files.replace(PROFILE, line, f"{line}\n   {self.other} TCP WEBSERV SECURE MISSING")

    def serving(self, stack: Stack, port: int | None = None) -> ServingStatus:
        """
        Return what QUERY SERVING says, in a hundredth of its time.
        """
        answer = ask(socketPath(stack.run, stack.userid), COMMANDS["QueryServing"], port=port)
        status: ServingStatus = answer["serving"]
        return status

    def becomes(self, stack: Stack, serving: bool, reason: str) -> None:
        """
        The port with a label comes to be served, or not, for this reason.
        """
        found = (serving, reason)

        def is_() -> bool:
            status = self.serving(stack, self.port)
            return (status.serving, status.reason) == found

        until(is_, f"{reason} of {self.port}")
        shown = stack.status().serving
        assert shown is not None
        ports = {(each.serving, each.reason) for each in shown.ports if f":{self.port}" in each.local}
        self.assertEqual(ports, {found})

    def test_states(self) -> None:
        """
        Serving but for one port, full, stopped, hung, without application, and without descriptors of its own.
        """
        stack = self.serve(*self.options)
        client = self.client(self.port)
        self.becomes(stack, True, "SSLP455I")
        self.assertEqual((self.serving(stack).serving, self.serving(stack).reason), (True, "SSLP466W"))
        self.assertEqual(self.serving(stack, self.other).reason, "SSLP020E")

        held = client.hold(1)
        stack.waitForState(2, "Active")
        held += client.hold(1)
        self.becomes(stack, False, "SSLP108W")
        for each in held:
            finish(each)
        self.becomes(stack, True, "SSLP455I")

        self.application.close()
        self.becomes(stack, False, "SSLP465E")

        stopped = stack.ssladmin("stop", "(now")
        self.assertIn("SSLP185I SSL00001 is Stopped; its sessions were closed: 0\n", stopped.output)
        self.assertIn("\nSSLP457W No server is Active, ", stopped.output)
        self.assertEqual(len(stack.log.found("SSLP457W")), 1)
        outcome = stack.ssladmin("query", "serving")
        self.assertEqual((outcome.code, outcome.error, outcome.output[:8]), (1, "", "SSLP457W"))
        refreshed = stack.ssladmin("refresh")
        self.assertIn("SSLP186I", refreshed.output)
        self.assertIn("SSLP457W", refreshed.output)

        stack.ssladmin("start", "(sslserver ssl00001")
        self.becomes(stack, False, "SSLP465E")
        pid = stack.pid(1)
        os.kill(pid, signal.SIGSTOP)
        until(lambda: self.serving(stack).reason == "SSLP460E", "a server that hangs")
        os.kill(pid, signal.SIGCONT)

    def test_heard(self) -> None:
        """
        What servers find out about an application QUERY STATUS says without asking it, until it is there again.
        """
        stack = self.serve(*self.options)
        client = self.client(self.port)
        self.application.close()
        with client.connect() as refused:
            self.assertEqual(refused.recv(1), b"")
        until(lambda: "SSLP465E" in str(stack.status().serving), "what the server says of the application")
        again = Application(self, echo, self.application.port)
        status = stack.status().serving
        assert status is not None
        self.assertNotIn("SSLP465E", str(status))
        with client.connect() as served:
            exchange(served)
        again.close()

    def test_dying(self) -> None:
        """
        Without the stash no server comes to serve: QUERY SERVING says why, and REFRESH has failed.
        """
        os.unlink(self.files.keyFile.replace(".kdb", ".sth"))
        stack = self.start(*self.options)
        stack.log.wait("SSLP104E")
        until(lambda: self.serving(stack).reason == "SSLP458E", "a server that dies")
        self.assertIn("SSLP323E", self.serving(stack).text)
        self.assertIn("; the ports are opened when a server is Active", self.serving(stack).text)
        refreshed = stack.ssladmin("refresh")
        self.assertEqual(refreshed.code, 1)
        self.assertIn("SSLP161E REFRESH failed; no server has certificates: SSLP323E", refreshed.error)
