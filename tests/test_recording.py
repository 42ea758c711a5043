# -*- test-case-name: tests.test_recording -*-
"""
Recordings of messages: what is written down, and how two are compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from tests.recording.__main__ import HOOK, SLOW, TESTS, modules
from tests.recording.hook.sitecustomize import CHUNK, FOLDER, Lines, hook, recorded
from tests.recording.lines import compared, normalised, recording


class LineTests(SynchronousTestCase):
    """
    Lines of a recording.
    """

    def test_varying(self) -> None:
        """
        What differs from run to run becomes a placeholder, the message id stays.
        """
        for text, line in (
            ("SSLP100I SSL00001 is Active: process 4711", "SSLP100I SSL# is Active: process #"),
            ("DTCSSL2421E SSLP198E 7", "DTCSSL2421E SSLP198E #"),
            ("SSLP200E /tmp/tmpab12cd34/run/profile: no", "SSLP200E <temporary>/run/profile: no"),
            ("SSLP200E /w/_trial_temp-1/0/tests.a.test_b/C/test_d/k3_9sdf1/temp/x", "SSLP200E <temporary>/x"),
            ("SSLP200E tests.a.test_b/C/test_d/k3_9sdf1/temp", "SSLP200E <temporary>"),
            ("SSLP300I serial 0BADC0FFEE00, AB:CD:EF:01", "SSLP300I serial <digest>, <digest>"),
            ("SSLP859W tests.a.test_b/C/test_d/k3_9sdf1/.ocsp", "SSLP859W <temporary>/.ocsp"),
            ("SSLP016W a\\b\nc\x85\u2028é", "SSLP016W a\\\\b\\nc\\x85\\u2028é"),
        ):
            self.assertEqual(normalised(text), line)

    def test_recording(self) -> None:
        """
        A recording is sorted, says each line once, and has nothing that is no message.
        """
        self.assertEqual(
            recording(["SSLP200E 2", "no message", "SSLP100I x", "SSLP200E 1", ""]), ["SSLP100I x", "SSLP200E #"]
        )

    def test_compared(self) -> None:
        """
        Only lines of every recording before can be gone, and only lines of none can be new.
        """
        difference = compared([["a", "b", "c"], ["a", "b", "d"]], ["b", "c", "e"])
        self.assertEqual((difference.gone, difference.new), (["a"], ["e"]))
        self.assertEqual(str(difference), "-a\n+e\n1 gone, 1 new")


class HookTests(SynchronousTestCase):
    """
    What is done to the making of messages.
    """

    def setUp(self) -> None:
        """
        Make the folder of a recording.
        """
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def test_made(self) -> None:
        """
        A message is recorded when it is made, once; one that has no text does no harm.
        """

        @frozen
        class Value:
            """
            A message that is a value.
            """

            id: str

            def __str__(self) -> str:
                """
                Return its text.

                @raise ValueError: there is none.
                """
                if not self.id:
                    raise ValueError
                return f"{self.id} value"

        lines = Lines(str(self.folder))
        hook(Value, lines)
        for _ in range(2):
            self.assertEqual(Value(id="SSLP100I"), Value("SSLP100I"))
            self.assertEqual(Value("").id, "")
        self.assertEqual(list(recorded(self.folder)), ["SSLP100I value"])

    def test_many(self) -> None:
        """
        What is more than a chunk goes on in the next; a forked process has its own.
        """
        lines = Lines(str(self.folder))
        said = [f"{number} {'x' * 1000}" for number in range(2 * CHUNK // 1000)]
        for text in said[:-2]:
            lines.add(text)
        pid = os.fork()
        if pid == 0:
            lines.add(said[-1])
            os._exit(0)
        lines.add(said[-2])
        self.assertEqual(os.waitpid(pid, 0), (pid, 0))
        self.assertEqual(sorted(recorded(self.folder)), sorted(said))

    def test_program(self) -> None:
        """
        A program that is started with the hook records what it makes.
        """
        program = "from sslpool.messages import operatorError; operatorError('SSLP405E')"
        path = os.pathsep.join((str(HOOK), str(TESTS.parent)))
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": path, FOLDER: str(self.folder)},
            check=True,
            timeout=60,
        )
        self.assertEqual([line[:9] for line in recording(recorded(self.folder))], ["SSLP405E "])

    def test_modules(self) -> None:
        """
        By default all tests are run but those that need running pools.
        """
        names = modules(live=False)
        self.assertIn("tests.test_recording", names)
        self.assertIn("tests.control", names)
        self.assertEqual({f"tests.{name}" for name in SLOW} & set(names), set())
        self.assertIn("tests.live", modules(live=True))
