"""
What the tests of problems share.
"""

from __future__ import annotations

import contextlib
import io

from sslpool.commands.pool.main import main
from tests.live.configurations import FilesCase
from tests.live.programs import Outcome, program, run


class ProblemCase(FilesCase):
    """
    A configuration in which something is wrong.
    """

    def refused(self) -> list[str]:
        """
        Start a stack that does not start, and return what it says.
        """
        stack = self.start(*self.options)
        self.assertEqual(stack.wait(), 1, stack.log.text)
        self.assertNothingLeft(stack)
        return stack.log.text.splitlines()

    def check(self) -> Outcome:
        """
        Do what C{sslpool check} does, without a process of its own; its lines are put
        together, however they were broken.
        """
        output, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(error):
            code = main(["--config", self.files.directory, "check"])
        return Outcome(code, " ".join(output.getvalue().split()), error.getvalue())

    def labels(self) -> str:
        """
        Return the labels that C{gskkyman} finds in the key database.
        """
        listed = run(program("gskkyman"), "list", "--database", self.files.keyFile)
        self.assertEqual((listed.code, listed.error), (0, ""))
        return listed.output
