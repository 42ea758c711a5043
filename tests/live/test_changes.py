"""
A running stack follows changes of its configuration while 200 sessions transfer:
more servers, other limits, ports that come and go, a file that is broken.  No
session is disturbed, what is broken changes nothing, and NETSTAT shows each step.
"""

from __future__ import annotations

import os
import random
import ssl
import threading
from pathlib import Path
from typing import Any

from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish
from tests.live.configurations import DIRECT, PROFILE, FilesCase, freePort
from tests.live.programs import LIMIT, Outcome
from tests.live.running import until

SESSIONS = 200
ON_REMOVED_PORT = 20
"""
How many of them are on the port that is removed.
"""

PACE = 0.2
"""
Seconds between two exchanges of a session: 200 of them leave the machine room for the commands.
"""


class Transfer:
    """
    A session that sends, again and again, something that nobody else sends, and gets exactly that back.

    @ivar rounds: how often it has.
    @ivar failure: what went wrong, or C{None}.
    """

    def __init__(self, connection: ssl.SSLSocket, number: int, stop: threading.Event) -> None:
        self.rounds = 0
        self.failure: Exception | None = None
        self._connection = connection
        self._octets = random.Random(number)
        self._stop = stop
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            while not self._stop.wait(PACE):
                exchange(self._connection, self._octets.randbytes(self._octets.randrange(1, 4000)))
                self.rounds += 1
            finish(self._connection)
        except Exception as failure:
            self.failure = failure


class ChangeTests(FilesCase):
    """
    Five servers of 50 sessions, two secure ports.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(250, 50)
        self.port = self.adapt(Application(self, echo))
        self.removed, self.added = freePort(self), freePort(self)
        self.files.append(PROFILE, f"   {self.removed} TCP WEBSERV SECURE WEBCERT")
        self.stack = self.serve(*self.options)
        self.stop = threading.Event()
        self.addCleanup(self.stop.set)

    def transfers(self) -> list[Transfer]:
        """
        Begin all sessions.
        """
        ports = [self.removed] * ON_REMOVED_PORT + [self.port] * (SESSIONS - ON_REMOVED_PORT)
        clients = {port: self.client(port) for port in (self.port, self.removed)}
        return [Transfer(clients[port].connect(), number, self.stop) for number, port in enumerate(ports)]

    def undisturbed(self, transfers: list[Transfer]) -> None:
        """
        Every session goes on: none has failed, and each gets something back from now on.
        """
        before = [each.rounds for each in transfers]

        def moved() -> bool:
            self.assertEqual([each.failure for each in transfers if each.failure], [])
            return all(each.rounds > rounds for each, rounds in zip(transfers, before, strict=True))

        until(moved, "every session to transfer")

    def shown(self) -> dict[str, Any]:
        """
        Return what CONFIG SSL shows of what can be changed.
        """
        status = self.stack.sslnetstat("--json", "config", "ssl").json()
        return {
            "servers": len(status["servers"]),
            "maximum": status["maximum"],
            "each": status["maxPerServer"],
            "sessions": status["sessions"],
        }

    def ports(self) -> set[int]:
        """
        Return the ports that CONN shows.
        """
        listeners = self.stack.sslnetstat("--json", "conn").json()["listeners"]
        return {int(each["local"].rpartition(":")[2]) for each in listeners}

    def portFile(self, *ports: int, statement: str = "PORT") -> str:
        """
        Write a file with a PORT statement, and return its path.
        """
        entries = "".join(f"  {port} TCP WEBSERV SECURE WEBCERT\n" for port in ports)
        path = self.path("ports.tcpip")
        Path(path).write_text(f"; {len(ports)} ports\n{statement}\n{entries}", encoding="utf-8")
        return path

    def done(self, outcome: Outcome, *messages: str) -> None:
        """
        A command has succeeded and said this, and nothing else.
        """
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertEqual(outcome.output.splitlines(), list(messages))

    def test_changes(self) -> None:
        """
        POOL HIGH from 5 to 8, SSLLIMITS up and down and up, TEST, a port added, a
        port removed, a broken file; and all 200 sessions end in good order.
        """
        transfers = self.transfers()
        expected = {"servers": 5, "maximum": 250, "each": 50, "sessions": SESSIONS}
        self.assertEqual(self.shown(), expected)

        self.files.replace(DIRECT, "HIGH 5", "HIGH 8")
        self.stack.log.wait("SSLP043I POOL HIGH changed from 5 to 8")
        expected["servers"] = 8
        self.assertEqual(self.shown(), expected)

        up = self.stack.sslnetstat("obey", "ssllimits", "maxsessions", "400")
        self.done(up, "SSLP043I SSLLIMITS MAXSESSIONS changed from 250 to 400")
        expected["maximum"] = 400
        self.assertEqual(self.shown(), expected)
        self.undisturbed(transfers)

        down = self.stack.sslnetstat("obey", "ssllimits maxsessions 100 maxpersslserver 25")
        self.done(
            down,
            "SSLP043I SSLLIMITS MAXSESSIONS changed from 400 to 100",
            "SSLP043I SSLLIMITS MAXPERSSLSERVER changed from 50 to 25",
        )
        self.assertEqual(self.shown(), {**expected, "maximum": 100, "each": 25})
        waiting = self.client(self.port).dial()
        until(lambda: self.stack.status().full, "a new connection to wait")
        waiting.close()
        self.undisturbed(transfers)
        self.assertEqual(self.stack.sslnetstat("obey", "ssllimits maxsessions 400 maxpersslserver 50").code, 0)
        self.assertEqual(self.shown(), expected)

        self._ports(transfers)
        self._broken(transfers, expected)

        self.stop.set()
        for each in transfers:
            each.thread.join(LIMIT)
        self.assertEqual([each.failure for each in transfers if each.failure], [])
        until(lambda: self.stack.status().sessions == 0, "the end of all sessions")
        outcomes: set[str] = set()
        for details in self.stack.ssladmin("--json", "query", "status", "details").json():
            outcomes.update(details["outcomes"])
        left = {"client left during the handshake", "client left without sending anything"}
        self.assertLessEqual(outcomes, {"finished", *left})

    def _ports(self, transfers: list[Transfer]) -> None:
        """
        A port is added, first for a TEST; another one is removed.
        """
        listed = {self.port, self.removed}
        path = self.portFile(self.port, self.removed, self.added)
        where = self.stack.sslnetstat("obeyfile", path, "(", "test")
        self.assertEqual((where.code, where.error), (0, ""))
        self.assertTrue(where.output.startswith(f"SSLP044I PORT {self.added} would change from none to WEBSERV"))
        self.assertEqual(self.ports(), listed)
        self.assertRaises(ConnectionRefusedError, self.client(self.added).dial)

        self.assertEqual(self.stack.sslnetstat("obeyfile", path).code, 0)
        self.assertEqual(self.ports(), listed | {self.added})
        finish(self._answered(self.client(self.added)))
        self.undisturbed(transfers)

        path = self.portFile(self.port, self.added)
        refused = self.stack.sslnetstat("obeyfile", path)
        self.assertEqual((refused.code, refused.output), (1, ""))
        self.assertIn(f"SSLP065E PORT would drop {self.removed} TCP WEBSERV; ", refused.error)
        self.assertEqual(self.ports(), listed | {self.added})
        path = self.portFile(self.port, self.added, statement="PORT REPLACE")
        gone = self.stack.sslnetstat("obeyfile", path)
        before = r"WEBSERV at \S+ from \S+ SECURE \w+"
        self.assertRegex(gone.output, rf"^SSLP043I PORT {self.removed} changed from {before} to none")
        self.assertEqual(self.ports(), {self.port, self.added})
        self.assertRaises(ConnectionRefusedError, self.client(self.removed).dial)
        self.undisturbed(transfers)

    def _answered(self, client: Client) -> ssl.SSLSocket:
        connection = client.connect()
        exchange(connection)
        return connection

    def _broken(self, transfers: list[Transfer], expected: dict[str, int]) -> None:
        """
        A file with good statements and a mistake: the mistake is named with file and
        line, and none of the good statements is followed.
        """
        path = self.portFile(self.port, statement="PORT REPLACE")
        with open(path, "a", encoding="utf-8") as file:
            file.write("SSLLIMITS MAXSESSIONS 800\nSSLLIMITS MAXPERSSLSERVER many\n")
        broken = self.stack.sslnetstat("obeyfile", path)
        self.assertEqual((broken.code, broken.output), (1, ""))
        self.assertIn(f"SSLP040E {os.path.basename(path)} changes nothing; errors: 1\n", broken.error)
        self.assertIn(f"{os.path.basename(path)}:5: SSLP202E", broken.error)
        self.assertEqual(self.shown(), expected)
        self.assertEqual(self.ports(), {self.port, self.added})
        self.undisturbed(transfers)
