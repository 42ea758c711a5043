"""
Tests for L{sslpool.commands.ssladmin.main}: the program, as an operator or a script runs it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, operatorError, said
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.cachestatus import CacheStatus
from sslpool.wire.records import PoolStatus, ServerDetails, ServingStatus, SessionRecord
from sslpool.wire.serial import fromJson, fromPlain
from tests.commands.programs import ProgramCase, started
from tests.doubles.administration import FakeAdministration, cacheStatus, sessionRecord


class ProgramTests(ProgramCase):
    """
    C{ssladmin} with a running stack.
    """

    program = "ssladmin"

    async def test_summary(self) -> None:
        """
        Without operands the pool is shown, in local time, and the exit code is 0.
        """
        outcome = await self.run_()
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertIn("since 2023-11-14 22:13:20\n", outcome.output)
        self.assertIn("\nSSL00002  Eligible ", outcome.output)

    async def test_oneServer(self) -> None:
        """
        With SSLSERVER only that member is shown, also as JSON.
        """
        outcome = await self.run_("query status (ssl ssl00003", "--json")
        status = fromJson(PoolStatus, outcome.output)
        self.assertEqual([each.userid for each in status.servers], ["SSL00003"])

    async def test_unknownServer(self) -> None:
        """
        A server that is not in the pool is a clear message for queries and changes.
        """
        for command in ("query status", "q st det", "query sessions", "start", "stop", "restart", "refresh"):
            outcome = await self.run_(command, "(SSL", "SSL00009")
            self.assertEqual((outcome.code, outcome.output), (1, ""), command)
            self.assertTrue(outcome.error.startswith("SSLP407E SSL00009 is not a server of stack TCPIP\n"), command)

    async def test_details(self) -> None:
        """
        Where a server could not answer its message is an error and the exit code is 1.
        """
        outcome = await self.run_("query", "status", "details")
        self.assertEqual(outcome.code, 1)
        self.assertIn("SSL00001\n  Key database", outcome.output)
        self.assertIn("DTCSSL2421E SSL00003: Communication error: the server is Stopped", outcome.error)
        self.assertNotIn("DTCSSL2421E", outcome.output)
        outcome = await self.run_("query status details (ssl ssl00001", "--json")
        self.assertEqual(outcome.code, 0)
        (details,) = fromJson(list[ServerDetails], outcome.output)
        self.assertEqual(details.userid, "SSL00001")

    async def test_trust(self) -> None:
        """
        Whom the applications trust is said behind the servers; not where one server is asked for.
        """
        self.pool.pool = evolve(self.pool.pool, trust=("SYSTEM.DTCPARMS:2: SSLP226W MAIL at 127.0.0.1:25",))
        outcome = await self.run_("query", "status", "details")
        self.assertIn("\nTrust    SYSTEM.DTCPARMS:2: SSLP226W MAIL", outcome.output)
        self.assertNotIn("Trust", (await self.run_("query status details (ssl ssl00001")).output)

    async def test_detailsOfStack(self) -> None:
        """
        Behind the servers stands the stack, where it limits clients or has refused somebody; not
        where one server is asked for.
        """
        refused = AdmissionStatus(limits={"FOREIGNIPCONLIMIT": 9}, refused={"FOREIGNIPCONLIMIT": 4})
        self.pool.pool = evolve(self.pool.pool, admission=refused)
        outcome = await self.run_("query", "status", "details")
        self.assertIn("\n\nTCPIP\n  Limits         FOREIGNIPCONLIMIT 9\n", outcome.output)
        outcome = await self.run_("query", "status", "details", "--json")
        *_, stack = json.loads(outcome.output)
        self.assertEqual((stack["stack"], stack["admission"]["refused"]), ("TCPIP", {"FOREIGNIPCONLIMIT": 4}))
        outcome = await self.run_("query status details (ssl ssl00001", "--json")
        self.assertEqual(len(json.loads(outcome.output)), 1)

    async def test_sessions(self) -> None:
        """
        All sessions are listed, over all pages.
        """
        self.pool.known = [sessionRecord(number) for number in range(1, 301)]
        outcome = await self.run_("q", "sess")
        self.assertTrue(outcome.output.endswith("\n300 secure sessions\n"))
        outcome = await self.run_("q", "sess", "--json")
        self.assertEqual(fromJson(list[SessionRecord], outcome.output), self.pool.known)

    async def test_sessionsIncomplete(self) -> None:
        """
        Where a server cannot tell its sessions nobody says that there are none, and the exit code is 1.
        """

        async def silent(fake: FakeAdministration, server: str | None, after: int, limit: int) -> list[SessionRecord]:
            raise operatorError("DTCSSL2421E", server=server, reason="SSLP198E A fault")

        self.patch(FakeAdministration, "sessions", silent)
        outcome = await self.run_("query", "sessions")
        self.assertEqual((outcome.code, outcome.output), (1, ""))
        self.assertEqual(outcome.error.splitlines()[0], "DTCSSL2421E SSL00001: Communication error: SSLP198E A fault")

    async def test_serving(self) -> None:
        """
        QUERY SERVING says whether a new client is served; the exit code is 1 where none is.
        """
        outcome = await self.run_("q serv")
        self.assertEqual(
            (outcome.code, outcome.output), (0, "SSLP455I New clients are served; Active servers: 1 of 3\n")
        )
        outcome = await self.run_("query serving 8443", "--json")
        self.assertEqual(fromJson(ServingStatus, outcome.output), await self.pool.serving(None))
        await self.pool.stop(None, True)
        outcome = await self.run_("query", "serving")
        self.assertEqual((outcome.code, outcome.output.splitlines()), (1, [
            "SSLP457W No server is Active, because all are Stopped: SSL00001; clients wait",
            "  Use SSLADMIN START.",
        ]))  # fmt: skip
        outcome = await self.run_("query", "serving", "--json")
        self.assertEqual((outcome.code, fromJson(ServingStatus, outcome.output).serving), (1, False))

    async def test_servingOperand(self) -> None:
        """
        The operand is a port, and one that there is.
        """
        outcome = await self.run_("query", "serving", "21")
        self.assertEqual((outcome.code, outcome.output), (1, ""))
        self.assertIn("SSLP467E Stack TCPIP has no secure port 21", outcome.error)
        for word in ("web", "0", "65536", "٣", "1" * 5000):
            outcome = await self.run_("query", "serving", word)
            self.assertNotEqual(outcome.code, 0, word)
            self.assertIn("is not an operand of QUERY SERVING", outcome.error)

    async def test_cache(self) -> None:
        """
        QUERY CACHE shows the books; where something does not work the message is on
        the error output, and the exit code is 1 if it is an error.
        """
        outcome = await self.run_("q cac")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertIn("WEBCERT      5        2      9        2       30       6  83.3 %", outcome.output)
        outcome = await self.run_("query cache (ssl ssl00001", "--json")
        self.assertEqual(fromJson(CacheStatus, outcome.output), evolve(cacheStatus(), server="SSL00001"))
        for problem, code in ((Said("SSLP166W", wording="..."), 0), (Said("DTCSSL2421E", wording="..."), 1)):
            self.patch(
                type(self.pool), "cache", lambda fake, server, told=problem: evolve(cacheStatus(), problems=(told,))
            )
            outcome = await self.run_("query cache")
            self.assertEqual((outcome.code, outcome.error), (code, f"{problem}\n"))
            self.assertIn("83.3 %", outcome.output)

    async def test_keys(self) -> None:
        """
        REFRESH KEYS, with NOW or without, is for all servers.
        """
        self.assertEqual((await self.run_("refresh keys")).output, f"{said('SSLP169I', seconds=86400)}\n")
        self.assertEqual((await self.run_("ref key (now")).output, f"{said('SSLP170I')}\n")
        self.assertEqual(self.pool.calls, [("refreshKeys", False), ("refreshKeys", True)])
        self.assertEqual((await self.run_("refresh keys (ssl ssl00001")).code, 2)

    async def test_changes(self) -> None:
        """
        Changes reach the pool with their options, and its messages are shown.
        """
        outcome = await self.run_("START", "(SSL", "SSL00002")
        self.assertEqual((outcome.code, outcome.output, outcome.error), (0, "SSLP117I SSL00002 is starting\n", ""))
        await self.run_("stop", "--sslserver", "ssl00001", "--now")
        await self.run_("restart")
        outcome = await self.run_("refresh", "--json")
        self.assertEqual(len(json.loads(outcome.output)), 3)
        self.assertEqual(
            self.pool.calls, [("start", "SSL00002"), ("stop", "SSL00001", True), ("restart", None), ("refresh", None)]
        )

    async def test_traceOfNoSession(self) -> None:
        """
        A trace of a connection number that no session has is set, and it is said that there is none.
        """
        for number, warned in (("999999", True), ("7", False)):
            outcome = await self.run_("trace", "conn", number)
            self.assertEqual((outcome.code, outcome.error), (0, ""))
            self.assertIn("SSLP621I SSL00001 traces conn", outcome.output)
            self.assertEqual(f"SSLP471W No session has connection number {number}" in outcome.output, warned)
        self.assertNotIn("SSLP471W", (await self.run_("trace normal")).output)

    async def test_log(self) -> None:
        """
        LOG shows a console; where there is none to be shown it says so.
        """
        outcome = await self.run_("log ssl00001")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertTrue(outcome.output.endswith("SSL00001 first\nSSL00001 second\n"), outcome.output)
        self.patch(FakeAdministration, "readConsole", lambda fake, userid, offset: "")
        for words, server in (("log ssl00001", "SSL00001"), ("log", "TCPIP")):
            outcome = await self.run_(words)
            self.assertEqual(outcome.code, 1)
            self.assertEqual(outcome.error, f"SSLP473E There is no console of {server} to show\n")

    async def test_notAuthorized(self) -> None:
        """
        Who may not is told so.
        """
        self.authority.uid = lambda: -1
        outcome = await self.run_("stop")
        self.assertEqual(outcome.code, 1)
        self.assertIn("is not authorized to use STOP", outcome.error)
        self.assertEqual(self.pool.calls, [])

    async def test_ourFault(self) -> None:
        """
        A fault in the stack sends the operator to the stack's log, where it is.
        """
        self.pool.failure = ZeroDivisionError()
        outcome = await self.run_("--sslserver", "ssl00001")
        self.assertEqual(outcome.error.splitlines()[0], "SSLP405E Internal error; see the stack's log")
        self.assertEqual((outcome.code, len(self.flushLoggedErrors(ZeroDivisionError))), (1, 1))
        self.pool.failure = None

    async def test_otherStack(self) -> None:
        """
        A stack that is not running is named, with the path that was tried.
        """
        outcome = await self.run_("(TCP", "TCPIP9")
        self.assertEqual(outcome.code, 1)
        self.assertIn("SSLP400E Stack TCPIP9 is not running: nothing answers at /", outcome.error)
        self.assertIn("/TCPIP9.sock\n", outcome.error)

    async def test_monitor(self) -> None:
        """
        MONITOR goes on until it is interrupted, which is no error.
        """
        program = await self.start("--json", "(MON", "3600")
        await program.wrote
        assert program.transport is not None
        program.transport.signalProcess(signal.SIGINT.name.removeprefix("SIG"))
        outcome = await program.ended
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        fromPlain(PoolStatus, json.loads(outcome.output))

    async def test_nobodyReads(self) -> None:
        """
        Where whoever read the output has gone (C{ssladmin ... | head}) the program ends quietly.
        """
        program = await self.start("q", "sess")
        assert program.transport is not None
        program.transport.closeStdout()
        outcome = await program.ended
        self.assertEqual((outcome.code, outcome.error), (1, ""))

    async def test_interrupted(self) -> None:
        """
        A change that is interrupted has not got its answer, as the message says.
        """
        asked: Deferred[None] = Deferred()
        self.pool.hold = Deferred()
        stop = self.pool.stop

        async def stopAndTell(server: str | None, now: bool) -> list[Said]:
            asked.callback(None)
            return await stop(server, now)

        self.patch(type(self.pool), "stop", lambda fake, **arguments: stopAndTell(**arguments))
        program = await self.start("stop")
        await asked
        assert program.transport is not None
        program.transport.signalProcess("INT")
        outcome = await program.ended
        self.assertEqual((outcome.code, outcome.output), (130, ""))
        self.assertTrue(outcome.error.startswith("SSLP430E STOP was interrupted\n"), outcome.error)
        self.pool.hold.callback(None)


class LocalTests(SynchronousTestCase):
    """
    C{ssladmin} without a stack.
    """

    def run_(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """
        Run the program.
        """
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [*started("ssladmin"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def test_help(self) -> None:
        """
        HELP needs no stack.
        """
        done = self.run_("help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("  Query STatus SUMmary", done.stdout)
        self.assertIn("Explanation", self.run_("HELP", "SSLP400E").stdout)

    def test_nobodyReadsHelp(self) -> None:
        """
        HELP and --help whose reader has gone end quietly.
        """
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        for word in ("help", "--help"):
            reading, writing = os.pipe()
            os.close(reading)
            command = [*started("ssladmin"), word]
            with open(writing, "wb") as output:
                done = subprocess.run(
                    command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False, timeout=60
                )
            self.assertEqual((done.returncode, done.stderr), (1, ""), word)

    def test_notUnderstood(self) -> None:
        """
        What is not understood is one message and exit code 2.
        """
        for arguments, expected in (
            (["query", "certificates"], "SSLP421E certificates is not an operand of QUERY\n"),
            (["bogus"], "SSLP420E bogus is not a command of SSLADMIN\n"),
        ):
            done = self.run_(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertTrue(done.stderr.startswith(expected), done.stderr)

    def test_lightImports(self) -> None:
        """
        The program starts fast: it imports neither the shell-and-key parts of Twisted nor ours.
        """
        check = (
            "import sys, sslpool.commands.ssladmin.main, sslpool.commands.netstat.main;"
            "print([name for name in sys.modules if name.startswith(('twisted.conch', 'sslpool.tls', 'sslpool.keydb',"
            " 'twisted.web', 'twisted.internet.endpoints', 'sslpool.control.service'))])"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        output = subprocess.check_output([sys.executable, "-c", check], env=environment, text=True)
        self.assertEqual(output, "[]\n")
