"""
Tests for L{sslpool.stack.orphans}, in a process of their own: its children are nobody else's.
"""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

PROGRAM = """
import os, sys
from sslpool.stack.orphans import reapOrphans
from twisted.internet import process
known = {}
process.reapProcessHandlers.update(known)
print(reapOrphans())
ours = os.fork()
if ours == 0:
    os._exit(7)
os.waitid(os.P_PID, ours, os.WEXITED | os.WNOWAIT)
process.reapProcessHandlers[ours] = None
reapOrphans()
print(os.waitpid(ours, os.WNOHANG)[1] >> 8)
orphans = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
alive = os.fork()
if alive == 0:
    import time
    time.sleep(60)
reapOrphans()
with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children") as file:
    print(file.read().split() == [str(alive)])
os.kill(alive, 9)
os.waitpid(alive, 0)
"""


class ReapTests(SynchronousTestCase):
    """
    Children that nobody waits for.
    """

    def test_all(self) -> None:
        """
        All that have ended are reaped, but for those for which Twisted waits: their exit status is
        not taken from it.  Without children there is nothing to do.
        """
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual((done.stdout.split("\n"), done.stderr), (["()", "7", "True", ""], ""))
