"""
Tests for L{tests.chaos.traffic} and L{tests.chaos.clients}: nothing that goes wrong is overlooked.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from ftplib import error_perm, error_temp
from random import Random
from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from tests.chaos import clients, traffic
from tests.chaos.accounting import Book, Result
from tests.chaos.clients import Places, Visit, Wrong
from tests.chaos.traffic import Traffic
from tests.live.running import until

PLACES = Places(0, 0, 0, "", [], ("", ""), cast(ssl.SSLContext, None))


class TrafficTests(SynchronousTestCase):
    """
    What becomes of visits.
    """

    def traffic(self, protocol: Callable[[Visit], None]) -> tuple[Result, list[str]]:
        """
        Have clients visit until there was one; return what they have written down, and their own faults.
        """
        begun: list[Visit] = []

        def visit(client: Visit) -> None:
            client.dial()
            begun.append(client)
            protocol(client)

        self.patch(traffic, "PROTOCOLS", (visit,))
        self.patch(traffic, "RATE", 1000.0)
        book = Book()
        running = Traffic(1, PLACES, book)
        running.start()
        until(lambda: begun, "a visit")
        running.complete()
        self.assertEqual(book.result().connections, len(begun))
        return book.result(), running.faults

    def test_good(self) -> None:
        """
        Who comes to the end is not lost, and the wait is that for the first answer.
        """
        result, faults = self.traffic(lambda visit: visit.answered())
        self.assertEqual((list(result.losses), faults), ([], []))
        self.assertGreater(result.longestWait, 0)

    def test_broken(self) -> None:
        """
        Who does not is, with the reason; who has had no answer has waited all the same.
        """

        def refused(visit: Visit) -> None:
            raise error_perm("550 no")

        result, faults = self.traffic(refused)
        self.assertEqual((len(result.losses), faults), (result.connections, []))
        self.assertIn("error_perm: 550 no", result.losses[0].reason)
        self.assertFalse(result.losses[0].wrong)
        self.assertGreater(result.longestWait, 0)

    def test_wrong(self) -> None:
        """
        Octets that are not those that were sent are a loss of another kind.
        """
        result, _ = self.traffic(lambda visit: clients.compare("the file", b"a", b"b"))
        self.assertTrue(result.losses[0].wrong)
        self.assertRaises(Wrong, clients.compare, "the file", b"a", b"b")

    def test_fault(self) -> None:
        """
        A mistake of a client's own is no loss, but does not pass.
        """

        def mistaken(visit: Visit) -> None:
            raise ValueError("a mistake")

        result, faults = self.traffic(mistaken)
        self.assertEqual(list(result.losses), [])
        self.assertIn("ValueError: a mistake", faults[0])


class VisitTests(SynchronousTestCase):
    """
    One visit.
    """

    def setUp(self) -> None:
        """
        Have a visit whose pauses are only noted.
        """
        self.slept: list[float] = []
        self.visit = Visit(1, Random(1), Book(), PLACES, self.slept.append)

    def test_pauses(self) -> None:
        """
        After each pause comes an exchange, so that a session is never idle at its end.
        """
        seen = [(number, len(self.slept)) for number in self.visit.exchanges()]
        self.assertEqual(seen, [(number, number) for number in range(len(seen))])
        self.assertGreater(len(seen), 1)

    def test_again(self) -> None:
        """
        What FTP refuses for the moment is asked again; what it refuses is not.
        """
        refusals: list[Exception] = [error_temp("425 not now"), error_temp("450 not yet")]

        def transfer() -> str:
            if refusals:
                raise refusals.pop()
            return "done"

        self.assertEqual(clients._again(self.visit, transfer), "done")
        self.assertEqual(len(self.slept), 2)
        refusals.append(error_perm("550 no"))
        self.assertRaises(error_perm, clients._again, self.visit, transfer)
