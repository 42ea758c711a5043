"""
The operator's commands on running servers: STOP lets running sessions finish, STOP NOW does not; START brings a server
back; RESTART replaces one process after another.  The options may be given in the manner of z/VM and of the shell.
Everybody may look at NETSTAT's reports; what changes something is for those who are authorized.
"""

from __future__ import annotations

import os
import sys

from twisted.trial.unittest import SkipTest

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish, receive
from tests.live.configurations import FilesCase
from tests.live.programs import Outcome, run

NOBODY = 65534

AS_NOBODY = f"""
import os, sys
from importlib import import_module
from twisted.internet import reactor
main = import_module("sslpool.commands." + {{"sslnetstat": "netstat"}}.get(sys.argv[1], sys.argv[1]) + ".main").main
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
sys.exit(main(sys.argv[2:]))
"""
"""
Becomes another user when everything is imported: that one may not be able to
read the directory in which Python is installed.
"""


class AdministrationCase(FilesCase):
    """
    Three servers of two sessions.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(6, 2, "QUIESCE 60")
        self.port = self.adapt(Application(self, echo))
        self.clients = self.client(self.port)
        self.stack = self.serve(*self.options)

    def states(self) -> list[str]:
        """
        Return the states of the servers.
        """
        return [each["state"] for each in self.stack.ssladmin("--json", "query", "status").json()["servers"]]

    def done(self, outcome: Outcome, *messages: str) -> None:
        """
        A command has succeeded and said this.
        """
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        for message in messages:
            self.assertIn(message, outcome.output)

    def refused(self, outcome: Outcome, messageId: str) -> None:
        """
        A command has failed with one message and what to do about it.
        """
        usage = messageId.startswith("SSLP42")
        self.assertEqual((outcome.code, outcome.output), (2 if usage else 1, ""))
        lines = outcome.error.splitlines()
        self.assertEqual(lines[0].split()[0], messageId, outcome.error)
        self.assertIn("Syntax:" if usage else "  ", lines[1])


class ChangeTests(AdministrationCase):
    """
    START, STOP and RESTART.
    """

    def test_stopQuiesces(self) -> None:
        """
        STOP: the running session goes on, a new connection goes to the next server; when the session has ended the
        process has, too.  START brings the server back, and the next connection goes to it.
        """
        held = self.clients.hold(1)
        pid = self.stack.pid(1)
        self.done(self.stack.ssladmin("stop", "(", "sslserver", "ssl00001"), "SSLP118I SSL00001")
        self.assertEqual(self.states()[0], "Stopped")
        held += self.clients.hold(1)
        self.stack.waitForSessions(1, 1)
        exchange(held[0])
        finish(held[0])
        self.stack.log.wait(f"SSLP106I SSL00001 .process {pid}. has ended")
        self.refused(self.stack.ssladmin("stop", "--sslserver", "SSL00001"), "SSLP112E")

        self.done(self.stack.ssladmin("start (ssl ssl00001)"), "SSLP117I SSL00001")
        self.stack.log.wait("SSLP100I SSL00001", count=2)
        self.stack.waitForState(1, "Active")
        self.clients.hold(1)
        self.stack.waitForSessions(1, 1)
        self.refused(self.stack.ssladmin("start", "--sslserver", "SSL00001"), "SSLP110E")

    def test_stopNow(self) -> None:
        """
        STOP NOW of all: running sessions are closed in good order, at once.
        """
        held = self.clients.hold(3)
        self.done(self.stack.ssladmin("stop", "(now"), "SSLP185I SSL00001", "SSLP185I SSL00002", "SSLP185I SSL00003")
        self.assertEqual([receive(each, 1) for each in held], [b"", b"", b""])
        self.stack.log.wait("SSLP106I", count=2)
        self.assertEqual(self.states(), ["Stopped", "Stopped", "Stopped"])
        self.assertEqual(sum(each.pid for each in self.stack.status().servers), 0)

    def test_restart(self) -> None:
        """
        RESTART of all: each server gets a new process, the second one only after
        the first one has it; running sessions go on in the processes before.
        """
        held = self.clients.hold(3)
        self.stack.waitForSessions(2, 1)
        before = [self.stack.pid(1), self.stack.pid(2)]
        self.done(self.stack.ssladmin("restart"), "SSLP116I SSL00001", "SSLP116I SSL00002")
        self.assertEqual(self.states()[:2], ["Active", "Active"])
        first = self.stack.log.wait("SSLP100I SSL00001", count=2)
        second = self.stack.log.wait("SSLP134I SSL00002")
        self.assertLess(self.stack.log.text.index(first.group()), self.stack.log.text.index(second.group()))
        self.stack.log.wait("SSLP100I SSL00002", count=2)
        for each in held:
            exchange(each)
            finish(each)
        self.stack.log.wait("SSLP106I SSL0000", count=2)
        after = [self.stack.pid(1), self.stack.pid(2)]
        self.assertEqual(set(before) & set(after), set())
        self.assertEqual(set(before) & set(self.stack.processes()), set())


class QueryTests(AdministrationCase):
    """
    What can be asked, and by whom.
    """

    def test_reports(self) -> None:
        """
        All reports are there for people and as JSON, and agree with what goes on.
        """
        held = self.clients.hold(1)
        local = "{}:{}".format(*held[0].getsockname())
        for words in (("query", "status"), ("q", "st", "det"), ("q", "sess")):
            self.done(self.stack.ssladmin(*words), "SSL00001")
        details = self.stack.ssladmin("--json", "q", "st", "det", "(SSL", "SSL00001", "TCP", "tcpip").json()
        self.assertEqual([each["label"] for each in details[0]["labels"]], ["WEBCERT"])
        session = self.stack.ssladmin("--json", "query", "sessions").json()[0]
        self.assertEqual((session["client"], session["state"], session["received"]), (local, "Established", 4))
        self.done(self.stack.sslnetstat("conn"), f"*..{self.port}", local.replace(":", ".."))
        self.done(self.stack.sslnetstat("config", "ssl"), "SSLSERVERID *  TIMEOUT 60", "SSL00003")
        self.assertEqual(self.stack.sslnetstat("--json", "conn").json()["connections"][0]["client"], local)
        self.assertEqual(self.stack.sslnetstat("--json", "config", "ssl").json()["maximum"], 6)

    def test_netstatChanges(self) -> None:
        """
        NETSTAT's SSL STOP and SSL START do what SSLADMIN's do.
        """
        self.done(self.stack.sslnetstat("ssl", "stop", "ssl00001"), "SSLP118I SSL00001")
        self.assertEqual(self.states(), ["Stopped", "Eligible", "Eligible"])
        self.done(self.stack.sslnetstat("ssl", "start", "ssl00001"), "SSLP117I SSL00001")
        self.stack.log.wait("SSLP100I SSL00001", count=2)

    def test_refusals(self) -> None:
        """
        A server that is not in the pool, a stack that does not run and a word that is not known are one message each.
        """
        self.refused(self.stack.ssladmin("stop", "(ssl ssl00099"), "SSLP407E")
        self.refused(self.stack.ssladmin("query status (tcp other"), "SSLP400E")
        self.refused(self.stack.ssladmin("frobnicate"), "SSLP420E")
        self.refused(self.stack.sslnetstat("ssl", "start"), "SSLP422E")


class AuthorityTests(AdministrationCase):
    """
    A user who is in no list.
    """

    def asNobody(self, command: str, *words: str) -> Outcome:
        """
        Run a command as that user.
        """
        return run(sys.executable, "-c", AS_NOBODY, command, "--run", self.stack.run, *words)

    def test_nobody(self) -> None:
        """
        Is refused what is privileged, and nothing changes; may use NETSTAT's reports.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can call as another user")
        self.refused(self.asNobody("ssladmin", "query", "sessions"), "SSLP406E")
        self.refused(self.asNobody("ssladmin", "stop"), "SSLP406E")
        self.refused(self.asNobody("sslnetstat", "ssl", "stop", "ssl00001"), "SSLP406E")
        self.assertEqual(self.states(), ["Active", "Eligible", "Eligible"])
        self.done(self.asNobody("sslnetstat", "config", "ssl"), "SSL00001")
        self.done(self.asNobody("sslnetstat", "conn"), f"*..{self.port}")
