"""
Tests for L{sslpool.planning.planinfo}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.assembly import assemble
from sslpool.planning.planinfo import firstSteps, parsePlan, planText, untouched
from sslpool.planning.sections import sections
from sslpool.planning.sizing import sized
from sslpool.planning.subject import Subject

FILES = sections(Subject(), sized(5), None)


class PlanTests(SynchronousTestCase):
    """
    A plan in one text, and out of it again.
    """

    def test_roundTrip(self) -> None:
        """
        Every section comes back, and is what its file would be.
        """
        plan = parsePlan(planText(Subject(), FILES))
        self.assertEqual(list(plan.files), list(FILES))
        self.assertTrue(untouched(plan, FILES))

    def test_touched(self) -> None:
        """
        A file that was changed, added or removed is noticed.
        """
        plan = parsePlan(planText(Subject(), FILES))
        without = {name: text for name, text in FILES.items() if name != "TCPIP.DATA"}
        for files in (without, {**FILES, "A.TCPIP": ""}, {**FILES, "TCPIP.DATA": "TCPIPUSERID T"}):
            self.assertFalse(untouched(plan, files))

    def test_positions(self) -> None:
        """
        Findings about a section have the line of the plan; others are left alone.
        """
        text = planText(Subject(), {**FILES, "USER.DIRECT": "* x\nNOSUCH\n" + FILES["USER.DIRECT"]})
        plan = parsePlan(text)
        found = plan.placed(assemble(plan.files, "/conf", None, "N").findings, "P")
        [place] = [each.line for each in found if each.said.id == "SSLP268W"]
        self.assertEqual(text.split("\n")[place - 1], "NOSUCH")
        [whole] = [each.line for each in found if each.said.id == "SSLP217W"]
        self.assertTrue(text.split("\n")[whole - 1].startswith("=== PROFILE.TCPIP ="))

    def test_commands(self) -> None:
        """
        What a plan says to type names the same operands.
        """
        text = planText(Subject(prefix="STS", userid="TCPIPTST"), FILES)
        self.assertIn("sslpool enroll VMSYS TCPMAINT STS TCPIPTST 5\n", text)
        self.assertNotIn("enroll", planText(Subject(prefix="SSLSERV", count=1, pooled=False), {}))

    def test_first(self) -> None:
        """
        Of two sections of the same name the first counts; before the first there is none.
        """
        plan = parsePlan("x\n=== TCPIP.DATA ===\r\na\n=== TCPIP.DATA ===\nb\n")
        self.assertEqual(plan.files, {"TCPIP.DATA": "a"})

    @given(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(["=== A.DATA ===", "=== B.DIRECT =====", "==="]))))
    def test_anything(self, lines: list[str]) -> None:
        """
        Any text can be taken apart, and a section has only lines of the text.
        """
        text = "\n".join(lines)
        plan = parsePlan(text)
        self.assertEqual(set(plan.files), set(plan.heads))
        self.assertTrue(set(plan.files) <= {"A.DATA", "B.DIRECT"})
        self.assertTrue(all(section in text for section in plan.files.values()))


class StepTests(SynchronousTestCase):
    """
    What is left to do.
    """

    def test_users(self) -> None:
        """
        The last step names the users of the segment when all run: the pool's size plus one.
        """
        for subject, users in ((Subject(), 6), (Subject(count=2), 3), (Subject(pooled=False), 2)):
            self.assertIn(f"\n   segment has {users} users, the servers and the agent", firstSteps(subject)[-1])
