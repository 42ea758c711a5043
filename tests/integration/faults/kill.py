"""
Processes die.  When a server is killed, the sessions of the others go on octet for octet, no connection is refused, and
none is lost but those from which the dead server had read: one that was accepted and had said nothing yet is served by
another server as though nothing had happened.  The server comes back, and a message says why it had died.

When the agent is killed, sessions and new connections go on; agent and later servers come back.
"""

from __future__ import annotations

import os
import random
import signal
import ssl
from collections.abc import Sequence
from threading import Event, Thread

from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish
from tests.live.configurations import FilesCase
from tests.live.programs import LIMIT
from tests.live.running import Stack, until

PIECE = 16384
ROUNDS = 20
"""
How many pieces a client sends and gets back at least, after the death as well as before.
"""


HANDSHAKE = 30
"""
The handshake limit in seconds: it ends a connection whose first octets the dead
server was just reading when it was killed, so that it goes to another one without them.
"""


class Transfer(Thread):
    """
    A client that sends pieces and gets them back until it is told to end.

    @ivar local: its address, as the pool's reports write it.
    @ivar rounds: how many pieces have come back.
    @ivar failure: why it has ended before its time.
    """

    def __init__(self, connection: ssl.SSLSocket, seed: int) -> None:
        super().__init__(daemon=True)
        self._connection = connection
        self._random = random.Random(seed)
        self._done = Event()
        self.local = "{}:{}".format(*connection.getsockname())
        self.rounds = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        """
        Send and compare, and close in good order.
        """
        try:
            while not self._done.is_set():
                exchange(self._connection, self._random.randbytes(PIECE))
                self.rounds += 1
            finish(self._connection)
        except (OSError, AssertionError) as error:
            self.failure = error

    def complete(self) -> None:
        """
        End after the present piece.
        """
        self._done.set()
        self.join(LIMIT)


class Newcomers(Thread):
    """
    Connects, exchanges a piece and closes, again and again.

    @ivar served: how often that went well.
    @ivar failures: why it went wrong.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._done = Event()
        self.served = 0
        self.failures: list[Exception] = []

    def run(self) -> None:
        """
        One connection after another.
        """
        while not self._done.is_set():
            try:
                connection = self._client.connect()
                exchange(connection, os.urandom(PIECE))
                finish(connection)
                self.served += 1
            except (OSError, AssertionError) as error:
                self.failures.append(error)

    def complete(self) -> None:
        """
        End after the present connection.
        """
        self._done.set()
        self.join(LIMIT)


def waitUntilServed(everybody: Sequence[Newcomers]) -> None:
    """
    Wait until each has been served twice more.
    """
    before = [each.served for each in everybody]
    until(lambda: all(each.served >= then + 2 for each, then in zip(everybody, before, strict=True)), "everybody")


class ServerKilledTests(FilesCase):
    """
    C{kill -9} of a server.
    """

    def setUp(self) -> None:
        """
        Start a pool of six servers of ten sessions.
        """
        super().setUp()
        self.limit(60, 10, f"HANDSHAKE {HANDSHAKE}")
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.serve(*self.options)

    def transfers(self, count: int) -> list[Transfer]:
        """
        Return so many clients on which the first piece is through.
        """
        started = [Transfer(connection, seed) for seed, connection in enumerate(self.clients.hold(count))]
        for each in started:
            each.start()
        return started

    def servers(self) -> dict[str, str]:
        """
        Return which server has the session of a client's address.
        """
        sessions = self.stack.ssladmin("--json", "query", "sessions").json()
        return {each["client"]: each["server"] for each in sessions}

    def test_whileFiftyTransfer(self) -> None:
        """
        Fifty clients, ten on each of five servers.  SSL00003 is killed; of its
        ten, five had said nothing and are served.  Others come all the time.
        """
        started = self.transfers(25)
        silent = [self.clients.dial() for _ in range(5)]
        self.stack.waitForSessions(10, 10, 10)
        started += self.transfers(20)
        self.stack.waitForSessions(10, 10, 10, 10, 10)
        owner = self.servers()
        doomed = [each for each in started if owner[each.local] == "SSL00003"]
        spared = [each for each in started if owner[each.local] != "SSL00003"]
        self.assertEqual((len(doomed), len(spared)), (5, 40))
        newcomers = Newcomers(self.clients)
        newcomers.start()
        until(lambda: newcomers.served >= 2 and min(each.rounds for each in started) >= ROUNDS, "transfers")

        pid = self.stack.pid(3)
        os.kill(pid, signal.SIGKILL)
        died = self.stack.log.wait(r"SSLP104E SSL00003 \(process (\d+)\) died: (.*); sessions lost: (\d+);")
        self.assertEqual(died.groups(), (str(pid), "killed by signal 9 (SIGKILL)", "5"))
        for connection in silent:
            exchange(self.clients.secure(connection), os.urandom(PIECE))

        self.stack.log.wait("SSLP100I SSL00003", count=2)
        self.stack.waitForState(3, "Active")
        before = {each: each.rounds for each in spared}
        served = newcomers.served
        until(
            lambda: newcomers.served >= served + 2 and all(each.rounds >= before[each] + ROUNDS for each in spared),
            "transfers after the death",
        )
        newcomers.complete()
        for each in started:
            each.complete()
        self.assertEqual(newcomers.failures, [])
        self.assertEqual([each.failure for each in spared if each.failure], [])
        self.assertTrue(all(isinstance(each.failure, OSError) for each in doomed), doomed)

    def test_whileFiftyConnect(self) -> None:
        """
        Fifty clients connect, exchange a piece and close, again and again, while SSL00001 is killed, twice.  Nobody is
        refused, and as many fail as the messages say, but for the one whose first octets the dead server was just
        reading, or to which it had just said its last.
        """
        everybody = [Newcomers(self.clients) for _ in range(50)]
        for each in everybody:
            each.start()
        for deaths in (1, 2):
            waitUntilServed(everybody)
            self.stack.waitForState(1, "Active")
            os.kill(self.stack.pid(1), signal.SIGKILL)
            self.stack.log.wait("SSLP100I SSL00001", count=deaths + 1)
        waitUntilServed(everybody)
        for each in everybody:
            each.complete()
        failures = [failure for each in everybody for failure in each.failures]
        lost = sum(int(self.stack.log.wait(r"SSLP104E SSL00001 .* lost: (\d+)", count).group(1)) for count in (1, 2))
        self.assertEqual([each for each in failures if isinstance(each, ConnectionRefusedError)], [])
        self.assertLessEqual(abs(len(failures) - lost), 2, failures)

    def test_onlyServer(self) -> None:
        """
        The only active server is killed: connections that had said nothing wait
        until there is a server again, and are served.
        """
        silent = [self.clients.dial() for _ in range(5)]
        self.stack.waitForSessions(5)
        os.kill(self.stack.pid(1), signal.SIGKILL)
        for connection in silent:
            exchange(self.clients.secure(connection))
        self.assertEqual(set(self.servers().values()), {"SSL00001"})


class AgentKilledTests(FilesCase):
    """
    C{kill -9} of the agent.
    """

    def setUp(self) -> None:
        """
        Start a pool of three servers of two sessions.
        """
        super().setUp()
        self.limit(6, 2)
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.serve(*self.options)

    def killAgent(self) -> Stack:
        """
        Kill it, and wait for the message.
        """
        os.kill(self.stack.status().agentPid, signal.SIGKILL)
        self.stack.log.wait(r"SSLP102E SSLDCSSM died: killed by signal 9 \(SIGKILL\)")
        return self.stack

    def test_everythingGoesOn(self) -> None:
        """
        A session and a new connection do not notice; a server that is needed after that is started by the new agent.
        """
        held = self.clients.hold(1)
        before = self.stack.pid(1)
        self.killAgent()
        held += self.clients.hold(1)
        for each in held:
            exchange(each, os.urandom(PIECE))
        self.assertEqual(self.stack.pid(1), before)
        self.stack.log.wait("SSLP101I SSLDCSSM", count=2)
        held += self.clients.hold(2)
        for each in held:
            exchange(each, os.urandom(PIECE))
        self.stack.waitForSessions(2, 2)
        self.assertIn(self.stack.status().agentPid, self.stack.processes())

    def test_orphanIsReplaced(self) -> None:
        """
        A server that outlived its agent is killed as well: it is noticed, and another takes its place.
        """
        self.killAgent()
        self.stack.log.wait("SSLP101I SSLDCSSM", count=2)
        os.kill(self.stack.pid(1), signal.SIGKILL)
        self.stack.log.wait(r"SSLP104E SSL00001 ")
        self.stack.log.wait("SSLP100I SSL00001", count=2)
        self.clients.hold(1)
