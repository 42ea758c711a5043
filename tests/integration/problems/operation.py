"""
"Problem: A server cannot use the session cache", "Incorrect parameters are passed to the SSL server" and "Incorrect
input or output inside a secure connection" of the source document.
"""

from __future__ import annotations

import os
import signal
import ssl
from pathlib import Path

from tests.integration.problems.case import ProblemCase
from tests.live.applications import Application, echo
from tests.live.clients import TLS13, Client, exchange, finish
from tests.live.configurations import DIRECT, IBM
from tests.live.running import Stack, until


class SessionCacheTests(ProblemCase):
    """
    A server cannot use the session cache.
    """

    def segmentUsers(self, stack: Stack) -> set[int]:
        """
        Return who uses the segment, the stack itself apart: what QUERY NSS USERS shows.
        """
        return {
            pid
            for pid in stack.processes()
            if pid != stack.process.pid and "/memfd:TCPIP" in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
        }

    def session(self, client: Client, offered: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool]:
        """
        Offer a session; return what may be offered next time, and whether it was resumed.
        """
        secured = client.context.wrap_socket(client.dial(), server_hostname="localhost", session=offered)
        exchange(secured)
        found = secured.session, bool(secured.session_reused)
        finish(secured)
        return found

    def test_agentKilled(self) -> None:
        """
        The agent is killed.  Symptom: no server can be started, until there is a new one; after RESTART, sessions
        cannot be re-established.  QUERY STATUS shows the agent and its process, the console its end and the new one.
        When all servers run, as many processes use the segment as there are servers, and one more; running sessions are
        not disturbed, and new ones are resumed again.
        """
        self.limit(40, 20)
        port = self.adapt(Application(self, echo))
        stack = self.serve(*self.options)
        lines = stack.log.text.splitlines()
        agent = next(index for index, line in enumerate(lines) if "DTCRUN1043I Initiating XAUTOLOG of server" in line)
        self.assertEqual([line for line in lines[:agent] if "SSL0000" in line and "SSLP001I" not in line], [])

        client = Client(self, port, self.certificates, TLS13)
        session = self.session(client, None)[0]
        self.assertTrue(self.session(client, session)[1])
        held = client.connect()
        exchange(held)
        before = stack.status().agentPid
        os.kill(before, signal.SIGKILL)
        stack.log.wait("SSLP102E SSLDCSSM died: .*SIGKILL")
        self.assertIn("SSLDCSSM", stack.ssladmin("query", "status").output)
        exchange(held)
        finish(held)
        stack.log.wait("SSLP101I SSLDCSSM is ready", count=2)
        self.assertNotIn(stack.status().agentPid, (0, before))
        # The running server goes on with the keys of the dead agent, and QUERY CACHE says so.
        self.assertIn("SSLP166W SSL00001 has the ticket keys of an earlier agent", stack.ssladmin("q", "cache").error)
        resumed, offered = self.session(client, session)[1], session
        self.assertTrue(resumed)

        self.assertEqual(stack.ssladmin("start", "(", "ssl", "ssl00002").code, 0)
        stack.log.wait("SSLP100I SSL00002")
        self.assertEqual(stack.ssladmin("restart").code, 0)
        stack.log.wait("SSLP100I", count=4)
        # Those that were replaced use the segment until they have ended.
        stack.log.wait("SSLP106I SSL0000", count=2)
        users = self.segmentUsers(stack)
        self.assertEqual(len(users), len(stack.status().servers) + 1)
        cache = stack.ssladmin("--json", "query", "cache")
        self.assertEqual((cache.code, cache.error), (0, ""))
        self.assertEqual(cache.json()["segment"]["users"], ["SSL00001", "SSL00002", "SSLDCSSM"])
        self.assertFalse(self.session(client, offered)[1])
        session = self.session(client, None)[0]
        self.assertTrue(self.session(client, session)[1])

    def test_wrongSegment(self) -> None:
        """
        NAMESAVE of pool and agent name another segment than the stack's, and the agent acts for another pool: each is a
        finding with file and line, and without an agent nothing starts.
        """
        self.adapt("127.0.0.1:9")
        path = Path(self.files.directory, DIRECT)
        path.write_text(path.read_text(encoding="utf-8").replace("NAMESAVE TCPIP", "NAMESAVE TCPIP9"), encoding="utf-8")
        said = self.check().output
        for userid in ("SSLDCSSM", "SSL"):
            self.assertRegex(said, rf"USER.DIRECT:\d+: SSLP263W NAMESAVE of {userid} is TCPIP9, expected TCPIP")
        self.files.replace(IBM, ":for.SSL*", ":for.STS*")
        self.assertIn("SSLP240E No agent acts for SSL* of stack TCPIP", "\n".join(self.refused()))


class ParameterTests(ProblemCase):
    """
    Incorrect parameters are passed to the SSL server.
    """

    def test_inEffect(self) -> None:
        """
        The pool runs, but not as expected: QUERY STATUS DETAILS shows which options
        are in effect, DTCRUN1011I in the server's console has the operands of C{:parms.}.  An operand that is
        not one is an error with its line, and what is obsolete says what replaced it.
        """
        self.adapt("127.0.0.1:9")
        self.files.replace(IBM, "CACHELIFE 24 H", "CACHELIFE 1 H PROTOCOL -TLSV1_3 MAXUSERS 5 EXEMPT NONE")
        stack = self.serve(*self.options)
        details = stack.ssladmin("query", "status", "details", "(", "ssl", "ssl00001").output
        self.assertIn(self.files.keyFile, details)
        self.assertIn("TLSv1.2", details)
        self.assertNotIn("TLSv1.3", details)
        inEffect = stack.ssladmin("--json", "query", "status", "details").json()[0]
        self.assertEqual((inEffect["cacheLife"], inEffect["protocols"]), (3600, ["TLSv1.2"]))
        told = stack.log.wait("DTCRUN1011I Parameters in use: (.*)").group(1)
        self.assertEqual(" ".join(inEffect["operands"]), told)
        for operand in ("KEYFILE gskadm/Database.kdb", "CACHELIFE 1 H", "-TLSV1_3", "EXEMPT NONE"):
            self.assertIn(operand, told)
        console = stack.ssladmin("log", "(", "ssl", "ssl00001").output
        self.assertIn(f"DTCRUN1011I Parameters in use: {told}\n", console)
        stack.log.wait("IBM.DTCPARMS:.*SSLP250W MAXUSERS is obsolete and ignored; SSLLIMITS")
        self.files.replace(IBM, "CACHELIFE 1 H", "CACHELIVES 1 H")
        checked = self.check()
        self.assertRegex(checked.output, r"IBM.DTCPARMS:\d+: SSLP251E CACHELIVES is not an operand of VMSSL")
        self.assertEqual(checked.code, 1)


class DataTests(ProblemCase):
    """
    Incorrect input or output inside a secure connection.  CLOSECON and TRACE, which
    the document advises after QUERY SESSIONS, come with a later release.
    """

    def test_sessions(self) -> None:
        """
        The application sends something else than it was sent.  QUERY SESSIONS shows
        that the connection is established, from where, to which port and label, and
        how much went each way: what comes out of TLS is what the application sent.
        """

        def garble(connection: object) -> None:
            connection.sendall(b"garbage" if connection.recv(100) else b"")  # type: ignore[attr-defined]
            connection.recv(100)  # type: ignore[attr-defined]

        port = self.adapt(Application(self, garble))
        stack = self.serve(*self.options)
        secured = self.client(port).connect()
        secured.sendall(b"ping")
        self.assertEqual(secured.recv(100), b"garbage")
        until(lambda: stack.sessions()[0].sent, "the octets to be counted")
        client = "{}:{}".format(*secured.getsockname())
        shown = stack.ssladmin("query", "sessions").output
        for text in (client, f":{port}", "WEBCERT", "Established", "SSL00001"):
            self.assertIn(text, shown)
        record = stack.ssladmin("--json", "query", "sessions").json()[0]
        self.assertEqual((record["client"], record["received"], record["sent"]), (client, 4, 7))
        finish(secured)
        stack.waitForSessions(0)
        outcomes = stack.ssladmin("--json", "query", "status", "details").json()[0]["outcomes"]
        self.assertEqual(outcomes, {"finished": 1})
        self.assertEqual(stack.ssladmin("query", "sessions").output, "No secure sessions\n")
