"""
Strangers who ask in a loop: they get a share of what the stack's user gets, and take nothing from him
or from those who connect.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from sslpool.control.paths import socketPath
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.programs import LIMIT, Log, environment

SECONDS = 3.0

ASKING = """
import os, socket, sys, threading, time
from sslpool.wire.vocabulary import COMMANDS
from twisted.protocols import amp
path, uid, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
box = COMMANDS["QueryConnections"].makeArguments({"server": None, "after": 0, "limit": 100}, None)
box[amp.ASK], box[amp.COMMAND] = b"1", b"QueryConnections"
connections = [socket.socket(socket.AF_UNIX) for _ in range(4)]
answers = []
def ask(connection):
    end, octets = time.monotonic() + seconds, b""
    while time.monotonic() < end:
        connection.sendall(box.serialize())
        while not octets.endswith(b"\\0\\0"):
            octets = octets[-1:] + connection.recv(1 << 20)
        octets = b""
        answers.append(1)
for each in connections:
    each.connect(path)
print("connected", flush=True)
threads = [threading.Thread(target=ask, args=(each,)) for each in connections]
for each in threads:
    each.start()
for each in threads:
    each.join()
print("answered", len(answers), flush=True)
"""
"""
Asks for the connections again and again, on four control connections, as a user.
"""


class StrangersTests(FilesCase):
    """
    QueryConnections in a loop.
    """

    skip = None if os.geteuid() == 0 else "only root can ask as another user"

    def asking(self, uid: int) -> Log:
        """
        Have a user ask, from now on.
        """
        path = socketPath(self.stack.run, self.stack.userid)
        process = subprocess.Popen(
            [sys.executable, "-c", ASKING, path, str(uid), str(SECONDS)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )
        assert process.stdout is not None
        log = Log(process.stdout)
        self.addCleanup(log.waitForEnd)
        self.addCleanup(process.wait, LIMIT)
        self.addCleanup(process.kill)
        log.wait("connected")
        return log

    def test_loop(self) -> None:
        """
        A stranger gets less than half of the answers that the stack's user gets in the same time,
        though at least one; meanwhile sessions begin and the user is answered.
        """
        port = self.adapt(Application(self, echo))
        self.stack = self.serve(*self.options)
        client = self.client(port)
        held = [client.connect() for _ in range(20)]
        for each in held:
            exchange(each)
        own = int(self.asking(0).wait(r"answered (\d+)")[1])
        stranger = self.asking(65534)
        began = time.monotonic()
        while time.monotonic() - began < SECONDS - 1:
            with client.connect() as connection:
                exchange(connection)
                finish(connection)
            self.assertEqual(self.stack.status().stack, "TCPIP")
        others = int(stranger.wait(r"answered (\d+)")[1])
        self.assertGreater(others, 0)
        self.assertLess(others, own / 2)
        for each in held:
            finish(each)
