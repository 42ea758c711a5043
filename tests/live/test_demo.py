"""
C{twistd sslpool --demo}: whoever types it sees a page over TLS within seconds.  The curl line that it prints works
exactly as printed, and it works because the certificate is trusted and not because nobody looks.  Ctrl-C, which reaches
the whole process group, ends everything: no process, no socket file and no temporary directory is left.
"""

from __future__ import annotations

import os
import signal

from tests.live.programs import run
from tests.live.running import LiveCase, Stack

NOT_TRUSTED = 60
"""
The exit status of curl where a certificate is not trusted.
"""


class DemoTests(LiveCase):
    """
    The demonstration.
    """

    def demonstrate(self) -> tuple[Stack, str]:
        """
        Start it as the README says, and return the curl line that it prints.
        """
        stack = self.adopt(Stack(self.scratch, ["--demo"]))
        line = stack.log.wait(r"^\s*(curl .*)$").group(1)
        stack.log.wait(r"Ctrl-C ends it")
        return stack, line

    def test_linesWorkAsPrinted(self) -> None:
        """
        The curl line and the C{ssladmin} lines, given to a shell as they are printed, work.  Without the
        demonstration's certificate the curl line is refused: it was not trusted blindly.
        """
        stack, line = self.demonstrate()
        page = run(line, shell=True)
        self.assertEqual((page.code, "It works." in page.output), (0, True), page.error)
        command, option, _, url = line.split()
        self.assertEqual((option, run(command, url).code), ("--cacert", NOT_TRUSTED))
        queries = stack.log.found(r"^\s+\S*ssladmin ")
        self.assertEqual(len(queries), 2)
        for query in queries:
            answer = run(query, shell=True)
            self.assertEqual((answer.code, answer.error), (0, ""))

    def test_ctrlC(self) -> None:
        """
        Ctrl-C leaves no process, no socket file and no temporary directory.  The exit status is 0, or SIGINT itself:
        twistd ends by the signal that it got, so that a shell script ends with it.
        """
        stack, line = self.demonstrate()
        directory = os.path.dirname(line.split()[2])
        self.assertIn("TCPIP.sock", os.listdir(directory))
        self.assertGreaterEqual(len(stack.processes()), 3)
        stack.interrupt()
        self.assertIn(stack.wait(), (0, -signal.SIGINT))
        self.assertFalse(os.path.exists(directory))
        self.assertNothingLeft(stack)
