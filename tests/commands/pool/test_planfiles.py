"""
Tests for L{sslpool.commands.pool.planfiles}.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.pool.planfiles import outputSteps, planSteps
from sslpool.messages import OperatorError
from sslpool.planning.planinfo import PLAN_FILE
from sslpool.stack.configuration.filepool import Step


class PlanFileTests(SynchronousTestCase):
    """
    Plans as files.
    """

    def setUp(self) -> None:
        """
        Make a directory.
        """
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()
        self.plan = self.directory / PLAN_FILE

    def perform(self, steps: list[Step]) -> list[str]:
        """
        Do what the steps say and return the ids of their messages.
        """
        for step in steps:
            step.perform()
        return [step.said.id for step in steps]

    def contents(self) -> dict[str, str]:
        """
        Return what the files of the directory hold.
        """
        return {path.name: path.read_text() for path in self.directory.iterdir()}

    def test_kept(self) -> None:
        """
        A plan that is there is kept, and the same plan is not written again.
        """
        self.assertEqual(self.perform(planSteps("one", str(self.directory))), ["SSLP510I"])
        self.assertEqual(self.perform(planSteps("one", str(self.directory))), [])
        self.assertEqual(self.perform(planSteps("two", str(self.directory))), ["SSLP511I", "SSLP510I"])
        self.assertEqual(self.contents(), {PLAN_FILE: "two", f"{PLAN_FILE}.OLD": "one"})

    def test_output(self) -> None:
        """
        A new directory has the files and the plan.
        """
        files = {"A.DATA": "a", "B.DIRECT": "b"}
        self.directory.rmdir()
        found = self.perform(outputSteps("plan", files, str(self.directory)))
        self.assertEqual(found, ["SSLP519I", "SSLP512I", "SSLP512I", "SSLP510I"])
        self.assertEqual(self.contents(), {**files, PLAN_FILE: "plan"})
        self.assertEqual(outputSteps("plan", files, str(self.directory)), [])

    def test_neverOverwritten(self) -> None:
        """
        A file that is another is refused before anything is written.
        """
        (self.directory / "B.DIRECT").write_text("mine")
        error = self.assertRaises(
            OperatorError, outputSteps, "plan", {"A.DATA": "a", "B.DIRECT": "b"}, str(self.directory)
        )
        self.assertEqual(error.said.id, "SSLP513E")
        self.assertEqual(self.contents(), {"B.DIRECT": "mine"})

    def test_meanwhile(self) -> None:
        """
        A file that somebody has made meanwhile is not overwritten either, and no draft is left.
        """
        steps = planSteps("plan", str(self.directory))
        self.plan.write_text("mine")
        error = self.assertRaises(OperatorError, self.perform, steps)
        self.assertEqual(error.said.id, "SSLP514E")
        self.assertEqual(self.contents(), {PLAN_FILE: "mine"})

    def test_refused(self) -> None:
        """
        What the system refuses is a message with its reason.
        """
        error = self.assertRaises(OperatorError, self.perform, planSteps("x", str(self.directory / "none")))
        self.assertEqual(error.said.id, "SSLP514E")
        self.plan.mkdir()
        error = self.assertRaises(OperatorError, planSteps, "x", str(self.directory))
        self.assertEqual(error.said.id, "SSLP514E")
