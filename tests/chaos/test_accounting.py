"""
Tests for L{tests.chaos.accounting}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import said
from tests.chaos.accounting import AFTER, BEFORE, LONGEST_WAIT, Book, Death, Loss, Result, deathIn, ofKilledServers


def loss(began: float, failed: float, wrong: bool = False) -> Loss:
    """
    Return a loss.
    """
    return Loss(f"from {began} to {failed}", began, failed, "it has ended", wrong)


class KilledTests(SynchronousTestCase):
    """
    Which losses are put down to deaths.
    """

    def test_whileItLived(self) -> None:
        """
        Those of visits that had begun before the death, and have failed when it came.
        """
        own = loss(90, 100)
        others = [loss(101, 102), loss(80, 100 - BEFORE - 1), loss(80, 100 + AFTER + 1)]
        self.assertEqual(ofKilledServers([*others, own], [Death(100, 10)]), [own])

    def test_bounded(self) -> None:
        """
        Never more than the stack has said that the death has cost.
        """
        losses = [loss(90, 100 + each / 10) for each in range(5)]
        self.assertEqual(ofKilledServers(losses, [Death(100, 3)]), losses[:3])
        self.assertEqual(ofKilledServers(losses, [Death(100, 0)]), [])
        self.assertEqual(ofKilledServers(losses, []), [])

    def test_wrong(self) -> None:
        """
        Wrong octets are never put down to anything.
        """
        self.assertEqual(ofKilledServers([loss(90, 100, wrong=True)], [Death(100, 10)]), [])

    def test_twoDeaths(self) -> None:
        """
        Each loss is put down to one death, and a death takes those that a later one cannot take.
        """
        early, late = loss(90, 100), loss(90, 103)
        deaths = [Death(100, 1), Death(102, 1)]
        for order in ([early, late], [late, early]):
            self.assertEqual(ofKilledServers(order, deaths), [early, late])

    def test_line(self) -> None:
        """
        What a death has cost is in the stack's message.
        """
        fields = {"server": "SSL00001", "pid": 7, "reason": "killed", "seconds": 0}
        self.assertEqual(deathIn(str(said("SSLP104E", sessions=12, **fields)), 5.0), Death(5.0, 12))
        self.assertIsNone(deathIn(str(said("SSLP107I", server="SSL00001", minutes=10)), 5.0))


class ResultTests(SynchronousTestCase):
    """
    What a run has come to.
    """

    def test_line(self) -> None:
        """
        The last line has all losses, and how many of them are of killed servers.
        """
        result = Result(24, [loss(90, 100), loss(10, 20)], [Death(100, 1)], 1.23456)
        self.assertEqual(result.line(), "chaos: 24 connections, 2 lost, 1 of killed servers, longest wait 1.235 s")

    def test_good(self) -> None:
        """
        Losses of killed servers and short waits are no problem.
        """
        self.assertEqual(Result(24, [loss(90, 100)], [Death(100, 1)], LONGEST_WAIT).problems(0), [])

    def test_lost(self) -> None:
        """
        Any other loss is one, and is named with its time.
        """
        problems = Result(24, [loss(90, 100)], [], 0).problems(80)
        self.assertEqual(problems, ["lost from 10.0 to 20.0 s: from 90 to 100: it has ended"])

    def test_waited(self) -> None:
        """
        So is a wait that was too long, and a run without a connection.
        """
        self.assertEqual(len(Result(24, [], [], LONGEST_WAIT + 0.1).problems(0)), 1)
        self.assertEqual(len(Result(0, [], [], 0).problems(0)), 1)

    def test_book(self) -> None:
        """
        The book adds up what clients write down.
        """
        book, lost, death = Book(), loss(1, 2), Death(2, 1)
        for waited in (0.5, 2.5, 1.5):
            book.connected()
            book.waited(waited)
        book.lost(lost)
        book.died(death)
        self.assertEqual(book.result(), Result(3, (lost,), (death,), 2.5))
