"""
A C{gskkyman} that is killed at any moment leaves the old or the new state of the
key database; C{CRASHES=1000} makes it as many as C{make soak} does.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from tests.live.programs import CHECKOUT, environment

COUNT = int(os.environ.get("CRASHES", "30"))


class CrashTests(SynchronousTestCase):
    """
    Writes that are killed.
    """

    def test_killed(self) -> None:
        """
        After each kill the key database and its requests open, and hold what they did before or after the write.
        """
        directory, seed = os.path.abspath(self.mktemp()), random.randrange(1 << 32)
        os.mkdir(directory)
        done = subprocess.run(
            [sys.executable, "-m", "tests.live.crashes", directory, str(COUNT), str(seed)],
            cwd=CHECKOUT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60 + 3 * COUNT,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"seed {seed}")
        counts = json.loads(done.stdout)
        self.assertEqual(sum(counts.values()) - counts.get("completed", 0), COUNT)
        self.assertGreater(counts["killed, old"], 0)
        if COUNT >= 100:
            print(f"{COUNT} writes: {counts}")
