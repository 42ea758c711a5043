"""
Tests for L{sslpool.stack.configuration.changeoutcome}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import Change
from sslpool.messages import finding, operatorError, said
from sslpool.messages.said import fieldsOf
from sslpool.stack.configuration.changeoutcome import MOST_EARLIER, Outcome, newFindings

UNUSED = finding("SSLP200I", "PROFILE.TCPIP", 3, what="TRACE")
PASSWORD = finding("SSLP214W", "EXTRA.TCPIP", 7)
TRUSTED = finding("SSLP227I", "SYSTEM.DTCPARMS", 9, **dict.fromkeys(fieldsOf("SSLP227I"), "x"))


class FindingTests(SynchronousTestCase):
    """
    What is found because of a change.
    """

    def test_new(self) -> None:
        """
        What was there before is not new, wherever its line has gone; what comes beside it is.
        """
        moved = evolve(UNUSED, line=30)
        self.assertEqual(newFindings([UNUSED], [moved, PASSWORD]), [PASSWORD])
        self.assertEqual(newFindings([], [UNUSED]), [UNUSED])

    def test_again(self) -> None:
        """
        The same in another file is new, and so is what one that is obeyed again says once more.
        """
        elsewhere, again = evolve(PASSWORD, file="PROFILE.TCPIP"), evolve(PASSWORD, line=8)
        self.assertEqual(newFindings([elsewhere], [elsewhere, PASSWORD]), [PASSWORD])
        self.assertEqual(newFindings([PASSWORD], [PASSWORD, again]), [again])

    def test_trust(self) -> None:
        """
        Whom applications trust is not new where only the entry has moved to another file.
        """
        self.assertEqual(newFindings([TRUSTED], [evolve(TRUSTED, file="OTHER.DTCPARMS")]), [])


class OutcomeTests(SynchronousTestCase):
    """
    What the operator is told.
    """

    def test_said(self) -> None:
        """
        Changes come first, then findings with their places, then what else there is to say.
        """
        note = said("SSLP178W", port=443, label="X")
        outcome = Outcome([Change("OBEY", "A", "B")], found=[UNUSED, PASSWORD], notes=[note])
        expected = [
            "SSLP043I OBEY changed from A to B",
            "SSLP062I Found in PROFILE.TCPIP:3: SSLP200I TRACE is not used here",
            f"SSLP016W Found in {PASSWORD}",
            str(note),
        ]
        self.assertEqual([str(each) for each in outcome.said(test=False)], expected)
        self.assertEqual(str(outcome.said(test=True)[0]), "SSLP044I OBEY would change from A to B")

    def test_line(self) -> None:
        """
        Where there is one line its findings are said as they are, and others with their places.
        """
        outcome = Outcome([], found=[UNUSED, evolve(PASSWORD, file="NETSTAT", line=1)])
        self.assertEqual([each.id for each in outcome.said(False, "NETSTAT")], ["SSLP045I", "SSLP062I", "SSLP214W"])

    def test_repeated(self) -> None:
        """
        Errors that were there before are repeated as warnings, as many as can be read.
        """
        errors = [said("SSLP020E", port=port, label="X") for port in range(MOST_EARLIER + 2)]
        few, many = Outcome([], earlier=errors[:1]), Outcome([], earlier=errors)
        text = "SSLP060W Not caused by this change: SSLP020E Port 0 is not opened: label X is not in the key database"
        self.assertEqual([str(each) for each in few.repeated()], [text])
        self.assertEqual([each.id for each in many.repeated()], ["SSLP060W"] * MOST_EARLIER + ["SSLP064W"])
        self.assertEqual(many.repeated()[-1].fields["count"], 2)

    def test_left(self) -> None:
        """
        Why the files are not followed is said in the words of their findings.
        """
        named = operatorError("SSLP024E", address="x:1", application="A", reason="Name not known").said
        listed = operatorError("SSLP040E", file="NETSTAT", errors=1, findings="F:1: SSLP201E").said
        for left, text in ((named, str(named)), (listed, "F:1: SSLP201E")):
            message, nothing = Outcome([], left=left).said(test=False)
            self.assertEqual(nothing, said("SSLP045I"))
            self.assertEqual(message, said("SSLP061W", finding=text if left is listed else left))

    def test_warnings(self) -> None:
        """
        All warnings are said with a reload, but whom applications trust.
        """
        [warning] = Outcome([], standing=[UNUSED, PASSWORD, TRUSTED]).warnings()
        self.assertEqual(warning, said("SSLP016W", finding=PASSWORD))
