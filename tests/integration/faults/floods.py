"""
Who does not read is not read for: a slow client, or a slow application, holds up the other side, and the server's
memory does not grow.  Who floods does not starve the others: a session that asks and is answered goes on while others
transfer as much as they can.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
import sys
from queue import SimpleQueue
from threading import Event, Thread
from typing import IO

from tests.live.applications import CHUNK, Application, echo
from tests.live.clients import exchange, finish, receive, rest
from tests.live.configurations import PROFILE, SYSTEM, FilesCase, freePort
from tests.live.programs import LIMIT
from tests.live.running import until

MOST_MEMORY = 4_000_000
"""
What the server's resident memory may grow by, in octets; what waits in the kernel's socket buffers is not part of it.
"""

PIECES = 60
"""
How many megabytes there are to send: more than all buffers on the way hold.
"""

PIECE = bytes(range(256)) * (CHUNK // 256)


class Source:
    """
    Sends L{PIECES} times L{PIECE} and counts.

    @ivar sent: octets that the kernel has taken.
    """

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, connection: socket.socket | ssl.SSLSocket) -> None:
        """
        Send it all, as fast as it goes.
        """
        view = memoryview(PIECE)
        for _ in range(PIECES):
            offset = 0
            while offset < CHUNK:
                step = connection.send(view[offset : offset + 65536])
                self.sent += step
                offset += step

    def waitUntilHeldUp(self) -> None:
        """
        Wait until nothing has been taken for a second.
        """
        seen: list[int] = []

        def still() -> bool:
            seen.append(self.sent)
            return self.sent > 0 and len(seen) > 50 and seen[-50] == self.sent

        until(still, "the source to be held up")


class BackPressureTests(FilesCase):
    """
    One side does not read.
    """

    def begin(self, application: Application) -> ssl.SSLSocket:
        """
        Start a pool, and return the first session.
        """
        client = self.client(self.adapt(application))
        self.stack = self.serve(*self.options)
        connection = client.connect()
        self.stack.waitForSessions(1)
        self.before = self.memory()
        return connection

    def memory(self) -> int:
        """
        Return the resident memory of SSL00001, in octets.
        """
        found: int = self.stack.ssladmin("--json", "query", "status", "details").json()[0]["memory"]
        return found

    def assertHeldUp(self, source: Source) -> None:
        """
        The source is held up, and the server keeps next to nothing of it.
        """
        source.waitUntilHeldUp()
        self.assertLess(source.sent, PIECES * CHUNK)
        self.assertLess(self.memory() - self.before, MOST_MEMORY)

    def test_slowClient(self) -> None:
        """
        The client does not read for a while, and then gets everything.
        """
        source, go = Source(), Event()

        def send(connection: socket.socket) -> None:
            go.wait(LIMIT)
            source(connection)

        connection = self.begin(Application(self, send))
        go.set()
        self.assertHeldUp(source)
        digest = hashlib.sha256()
        while octets := receive(connection, CHUNK):
            digest.update(octets)
        self.assertEqual(digest.digest(), hashlib.sha256(PIECE * PIECES).digest())

    def test_slowApplication(self) -> None:
        """
        The application does not read for a while, and then gets everything.
        """
        source, go, digests = Source(), Event(), SimpleQueue[bytes]()

        def read(connection: socket.socket) -> None:
            go.wait(LIMIT)
            digest = hashlib.sha256()
            for octets in rest(connection):
                digest.update(octets)
            digests.put(digest.digest())

        connection = self.begin(Application(self, read))
        sender = Thread(target=source, args=(connection,), daemon=True)
        sender.start()
        self.assertHeldUp(source)
        go.set()
        sender.join(LIMIT)
        finish(connection)
        self.assertEqual(digests.get(timeout=LIMIT), hashlib.sha256(PIECE * PIECES).digest())


FLOOD = """
import socket, threading
piece = bytes(1 << 20)
def flood(connection):
    while True:
        connection.sendall(piece)
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    threading.Thread(target=flood, args=listening.accept()[:1], daemon=True).start()
"""
"""
An application that sends for ever: a process of its own, so that it is not slowed down by what the test does.
"""


class StarvationTests(FilesCase):
    """
    Floods and a ping on one server.
    """

    def process(self, *command: str) -> IO[str]:
        """
        Start a process that is ended with the test, and return what it writes.
        """
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdin is not None and process.stdout is not None
        for end in (process.stdin.close, process.stdout.close, process.wait, process.kill):
            self.addCleanup(end)
        return process.stdout

    def sent(self) -> list[int]:
        """
        Return how much each of the sessions has been sent, the floods first.
        """
        return [each.sent for each in self.stack.sessions()]

    def test_pingGoesOn(self) -> None:
        """
        Two sessions transfer as much as they can; a third one gets fifty answers
        meanwhile, and neither of the two has been held up by that.
        """
        source = self.process(sys.executable, "-c", FLOOD).readline().strip()
        port = self.adapt(Application(self, echo))
        flooding = freePort(self)
        self.files.append(PROFILE, f"   {flooding} TCP FLOOD SECURE WEBCERT")
        self.files.append(SYSTEM, f":nick.FLOOD :type.server :address.127.0.0.1:{source}")
        self.stack = self.serve(*self.options)
        address = f"127.0.0.1:{flooding}"
        for _ in range(2):
            drink = 'exec openssl s_client -quiet -connect "$0" >/dev/null'
            self.process("sh", "-c", drink, address)
        until(lambda: [each > CHUNK for each in self.sent()] == [True, True], "the floods")
        ping = self.client(port).connect()
        before = self.sent()
        for _ in range(50):
            exchange(ping)
        until(lambda: all(now > then for now, then in zip(self.sent()[:2], before[:2], strict=True)), "the floods")
        owners = {each["server"] for each in self.stack.ssladmin("--json", "query", "sessions").json()}
        self.assertEqual(owners, {"SSL00001"})
