# -*- test-case-name: tests.tls.test_facts -*-
"""
Tests for L{sslpool.tls.facts}.
"""

from __future__ import annotations

import ssl

from twisted.trial.unittest import SynchronousTestCase

from sslpool.tls import binding
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import wasResumed
from sslpool.tls.facts import Facts, entryOf, factsOf
from sslpool.tls.policy import Policy
from sslpool.wire.cachebook import HELD, KEYED, LASTING
from tests.tls.meeting import VERSIONS, Meeting, contextOf, meet, trusting

POLICY = Policy()


class FactsTests(SynchronousTestCase):
    """
    What is known after the handshake.
    """

    def test_before(self) -> None:
        """
        Nothing is known before.
        """
        meeting = Meeting(makeAnchor(POLICY), contextOf(POLICY), trusting())
        self.addCleanup(meeting.close)
        self.assertEqual(factsOf(meeting.server), Facts("", "", False))
        self.assertFalse(wasResumed(meeting.server))

    def test_after(self) -> None:
        """
        Version, suite, and whether it was resumed, as the client sees it; the name that it asked for, and the group.
        """
        for version, name in zip(VERSIONS, ("TLSv1.2", "TLSv1.3"), strict=True):
            anchor, context = makeAnchor(POLICY), trusting(version)
            first = meet(POLICY, context, anchor=anchor)
            second = meet(POLICY, context, session=first.client.session, anchor=anchor)
            for meeting, resumed in ((first, False), (second, True)):
                self.addCleanup(meeting.close)
                cipher = meeting.client.cipher()
                assert cipher is not None
                # The name of a session of TLS 1.2 that was not chosen by it is known once.
                asked = "" if resumed and name == "TLSv1.2" else "localhost"
                self.assertEqual(factsOf(meeting.server), Facts(name, cipher[0], resumed, "", asked, "X25519"))

    def test_entry(self) -> None:
        """
        What the client can resume with: a ticket that lasts, or goes with its key, or a session that the
        server keeps; nothing new where it has resumed with TLS 1.2.
        """
        for version, ticket, expected in (
            (VERSIONS[0], True, (LASTING, 0)),
            (VERSIONS[0], False, (HELD, 0)),
            (VERSIONS[1], True, (KEYED, KEYED)),
        ):
            anchor, context = makeAnchor(POLICY), trusting(version)
            if not ticket:
                context.options |= ssl.OP_NO_TICKET
            first = meet(POLICY, context, anchor=anchor)
            second = meet(POLICY, context, session=first.client.session, anchor=anchor)
            for meeting in (first, second):
                self.addCleanup(meeting.close)
            self.assertTrue(wasResumed(second.server))
            self.assertEqual((entryOf(first.server, False), entryOf(second.server, True)), expected)

    def test_bindingWithoutIt(self) -> None:
        """
        Where the binding does not tell, a session counts as new, and as one with a ticket.
        """
        self.patch(binding, "lib", None)
        held = trusting(VERSIONS[0])
        held.options |= ssl.OP_NO_TICKET
        meeting = meet(POLICY, held, anchor=makeAnchor(POLICY))
        self.addCleanup(meeting.close)
        self.assertEqual(entryOf(meeting.server, False), LASTING)
        anchor, context = makeAnchor(POLICY), trusting()
        first = meet(POLICY, context, anchor=anchor)
        second = meet(POLICY, context, session=first.client.session, anchor=anchor)
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        self.assertTrue(second.client.session_reused)
        self.assertFalse(wasResumed(second.server))
