"""
Runs of L{tests.chaos}, as short as they can be.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from tests.chaos.deck import FIRST, QUIET
from tests.live.installed import lacking
from tests.live.programs import LIMIT, environment
from tests.live.wallclock import PACKAGE

SHORTEST = FIRST + QUIET
LAST = re.compile(r"chaos: [1-9]\d* connections, (\d+) lost, (\d+) of killed servers, longest wait \d+\.\d{3} s")


class RunTests(SynchronousTestCase):
    """
    Real processes.
    """

    skip = lacking(PACKAGE)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """
        Start a run.
        """
        directory = self.mktemp()
        os.makedirs(directory)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos", "--seed", "1", *arguments],
            env=environment(),
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(_end, process)
        return process

    def test_killed(self) -> None:
        """
        A server is killed: its sessions are lost, and nothing else.
        """
        process = self.start("--seconds", str(SHORTEST), "--kinds", "server-killed")
        output, _ = process.communicate(timeout=2 * LIMIT)
        self.assertEqual(process.returncode, 0, output)
        self.assertIn("server killed              1\n", output)
        last = LAST.fullmatch(output.splitlines()[-1])
        assert last is not None, output
        self.assertEqual(last[1], last[2])

    def test_interrupted(self) -> None:
        """
        A run that is told to end ends everything, says what it has come to, and fails.
        """
        process = self.start("--seconds", "600", "--kinds", "clock-back")
        assert process.stdout is not None
        for line in process.stdout:
            if "clock an hour back" in line:
                break
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=2 * LIMIT)
        self.assertEqual(process.returncode, 1, output)
        self.assertIn("FAILED  the run was interrupted\n", output)
        self.assertRegex(output.splitlines()[-1], LAST)


def _end(process: subprocess.Popen[str]) -> None:
    """
    Have a run end everything that it has started.
    """
    process.terminate()
    process.communicate(timeout=2 * LIMIT)
