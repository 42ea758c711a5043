# -*- test-case-name: tests.tracing.test_operands -*-
"""
Tests for L{sslpool.tracing.operands}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.tracing.operands import KeyLog, Kind, Trace, Unexpected, parseOrder, parseTrace
from sslpool.tracing.selectors import ALL, Selector

CONNECTIONS = Kind.CONNECTIONS


class OrderTests(SynchronousTestCase):
    """
    The words behind TRACE.
    """

    def test_forms(self) -> None:
        """
        Every form of the diagram, with its abbreviations and defaults.
        """
        for text, expected in (
            ("", Trace()),
            ("norm", Trace()),
            ("NORMAL ALL", Trace()),
            ("192.0.2.1", Trace(selector=Selector("192.0.2.1"))),
            ("CONN", Trace(CONNECTIONS)),
            ("connec nodata all", Trace(CONNECTIONS)),
            ("CONNECTIONS DATA", Trace(CONNECTIONS, True, ALL, 20)),
            ("CONN DATA ALL 7", Trace(CONNECTIONS, True, ALL, 7)),
            ("CONN DATA 192.0.2.1:443 ALL", Trace(CONNECTIONS, True, Selector("192.0.2.1", 443), None)),
            ("CONN DATA 17 20", Trace(CONNECTIONS, True, Selector(number=17), 20)),
            ("CONN 17", Trace(CONNECTIONS, selector=Selector(number=17))),
            ("FLOW :443", Trace(Kind.FLOW, selector=Selector(port=443))),
            ("debug", Trace(Kind.DEBUG, True, ALL, None)),
        ):
            self.assertEqual(parseOrder(text.split()).trace, expected, text)

    def test_readBack(self) -> None:
        """
        The operands of a trace mean this trace; none is NOTRACE.
        """
        for text in ("NORMAL ALL", "CONNECTIONS ::1..443", "CONNECTIONS DATA 17 ALL", "FLOW 192.0.2.1", "DEBUG"):
            trace = parseTrace(text.split())
            assert trace is not None
            self.assertEqual(" ".join(trace.words()), text)
        self.assertIsNone(parseTrace([]))

    def test_mistakes(self) -> None:
        """
        A word that cannot be there is named, with what could be there.
        """
        for text, word in (
            ("NOR", "NOR"),
            ("CONNECTIONSX", "CONNECTIONSX"),
            ("DEBU", "DEBU"),
            ("CONN DATA ALL 0", "0"),
            ("CONN DATA ALL 65537", "65537"),
            ("CONN DATA ALL many", "many"),
            ("CONN DATA ALL 20 30", "30"),
            ("CONN NODATA ALL 20", "20"),
            ("NORMAL DATA", "DATA"),
            ("FLOW 192.0.2.1 20", "20"),
            ("DEBUG ALL", "ALL"),
            ("CONN 192.0.2.1 KEYLOG", "nothing"),
            ("KEYLOG keys", "nothing"),
            ("KEYLOG keys 0", "0"),
            ("KEYLOG keys 3601", "3601"),
            ("KEYLOG keys 60 60", "60"),
        ):
            error = self.assertRaises(Unexpected, parseOrder, text.split())
            self.assertEqual(error.word, word, text)
            self.assertTrue(error.expected)

    def test_running(self) -> None:
        """
        At start there is no connection whose number could be meant.
        """
        self.assertRaises(Unexpected, parseTrace, ["CONN", "17"], False)
        self.assertEqual(parseTrace(["CONN", ":17"], False), Trace(CONNECTIONS, selector=Selector(port=17)))

    def test_keyLog(self) -> None:
        """
        KEYLOG goes with a trace or with a selector alone.
        """
        order = parseOrder(["192.0.2.1", "keylog", "keys", "60"])
        self.assertEqual((order.keyLog, order.named), (KeyLog("keys", 60), False))
        self.assertEqual(order.trace.selector, Selector("192.0.2.1"))
        order = parseOrder(["CONN", "DATA", ":443", "KEYLOG", "/tmp/keys", "1"])
        self.assertEqual((order.keyLog, order.named), (KeyLog("/tmp/keys", 1), True))
