"""
Tests of L{sslpool.keydb.revocationcheck}; how handshakes end is in L{tests.tls.test_revocation}.
"""

from __future__ import annotations

import time

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.revocationcheck import NOTHING, Objection, Revoked, pointsOf, signsLists
from sslpool.keydb.revocationlist import RevocationList
from tests.doubles.certificates import Authority, makeAuthority, makeClient, makeRevocations, makeServer
from tests.keydb.test_revocations import at

DAY = 86400


class ObjectionTests(SynchronousTestCase):
    """
    A root, an authority below it, and a client of that.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.root = makeAuthority("Root")
        self.middle = makeAuthority("Middle", self.root)
        self.client = makeClient(self.middle).certificate

    def said(
        self,
        *lists: RevocationList,
        known: tuple[Authority, ...] | None = None,
        unread: tuple[Authority, ...] = (),
        chain: tuple[Certificate, ...] | None = None,
        now: float | None = None,
    ) -> Objection:
        """
        Return what there is against a chain, of client and the authority below the root if no other is given.
        """
        known = (self.root, self.middle) if known is None else known
        revoked = Revoked(lists, [each.certificate for each in known], [each.certificate for each in unread])
        now = time.time() if now is None else now
        *lower, end = (self.client, self.middle.certificate) if chain is None else chain
        return next(filter(None, (revoked.objectionTo(each, now) for each in lower)), revoked.objectionToEnd(end, now))

    def test_nothing(self) -> None:
        """
        Without a list, or with those that name others, there is nothing.
        """
        self.assertFalse(NOTHING)
        self.assertEqual(self.said(), Objection.NONE)
        other = makeClient(self.middle).certificate
        self.assertEqual(self.said(makeRevocations(self.root), makeRevocations(self.middle, other)), Objection.NONE)

    def test_eachLevel(self) -> None:
        """
        A list counts for its level, whatever other lists there are.
        """
        for lists in (
            (makeRevocations(self.middle, self.client),),
            (makeRevocations(self.root), makeRevocations(self.middle, self.client)),
            (makeRevocations(self.root, self.middle.certificate),),
            (makeRevocations(self.root, self.middle.certificate), makeRevocations(self.middle)),
            (makeRevocations(self.root, self.root.certificate),),
        ):
            self.assertEqual(self.said(*lists), Objection.REVOKED)

    def test_above(self) -> None:
        """
        Above the end of a chain it is followed as far as the key database reaches.
        """
        lower = makeAuthority("Lower", self.middle)
        client = makeClient(lower).certificate
        found = makeRevocations(self.root, self.middle.certificate)
        chain = (client, lower.certificate)
        self.assertEqual(self.said(found, known=(self.root, self.middle, lower), chain=chain), Objection.REVOKED)
        self.assertEqual(self.said(found, known=(self.root, lower), chain=chain), Objection.NONE)

    def test_time(self) -> None:
        """
        A list that is overdue, or not yet valid, lets nobody of its authority in, nor below it.
        """
        now = time.time()
        for lists in ((makeRevocations(self.root),), (makeRevocations(self.middle),)):
            self.assertEqual(self.said(*lists, now=now + 29 * DAY), Objection.NONE)
            self.assertEqual(self.said(*lists, now=now + 31 * DAY), Objection.OVERDUE)
            self.assertEqual(self.said(*lists, now=now - DAY), Objection.NOT_YET)

    def test_revokedFirst(self) -> None:
        """
        Whom an overdue list names is revoked.
        """
        self.assertEqual(self.said(makeRevocations(self.middle, self.client, days=-1)), Objection.REVOKED)

    def test_stage(self) -> None:
        """
        When lists become valid and overdue, something is different.
        """
        found = makeRevocations(self.root, days=10), makeRevocations(self.middle, days=20)
        revoked = Revoked(found, [self.root.certificate, self.middle.certificate])
        now = time.time()
        stages = [revoked.stage(now + days * DAY) for days in (-1, 1, 9, 11, 19, 21)]
        self.assertEqual(stages, [stages[0], stages[1], stages[1], stages[3], stages[3], stages[5]])
        self.assertEqual(len(set(stages)), 4)
        self.assertEqual(NOTHING.stage(now), 0)

    def test_sameName(self) -> None:
        """
        Of two authorities with one name, whom either revokes is revoked; that the list of one is overdue
        does not concern the other's.
        """
        twin = makeAuthority("Middle", self.root)
        known = (self.root, self.middle, twin)
        self.assertEqual(self.said(makeRevocations(twin, self.client), known=known), Objection.REVOKED)
        self.assertEqual(self.said(makeRevocations(twin), known=known), Objection.NONE)
        self.assertEqual(self.said(makeRevocations(twin, days=-1), known=known), Objection.NONE)
        both = makeRevocations(twin, days=-1), makeRevocations(self.middle, self.client)
        self.assertEqual(self.said(*both, known=known), Objection.REVOKED)

    def test_renewed(self) -> None:
        """
        A list counts for all certificates of its authority's name and key, and the newest of several.
        """
        again = makeAuthority("Middle", self.root, key=self.middle.key)
        found = makeRevocations(self.middle, self.client)
        self.assertEqual(self.said(found, known=(self.root, again)), Objection.REVOKED)
        old = makeRevocations(self.middle, days=-1)
        self.assertEqual(self.said(old, makeRevocations(again), known=(self.root, self.middle, again)), Objection.NONE)

    def test_otherSpelling(self) -> None:
        """
        A name is the same in capitals, and as another kind of string.
        """
        self.middle = makeAuthority("MIDDLE", self.root, key=self.middle.key)
        self.assertEqual(self.said(makeRevocations(self.middle, self.client)), Objection.REVOKED)

    def test_signerUnknown(self) -> None:
        """
        A list whose authority cannot be read counts for all of the name.
        """
        self.assertEqual(self.said(makeRevocations(self.middle, self.client), known=()), Objection.REVOKED)
        self.assertEqual(self.said(makeRevocations(self.middle, days=-1), known=()), Objection.OVERDUE)

    def test_unread(self) -> None:
        """
        An authority whose list is damaged lets nobody in, and no other.
        """
        self.assertEqual(self.said(unread=(self.middle,)), Objection.UNREADABLE)
        self.assertEqual(self.said(unread=(self.root,)), Objection.UNREADABLE)
        self.assertEqual(self.said(unread=(makeAuthority("Middle"),)), Objection.NONE)

    def test_mayNotSign(self) -> None:
        """
        The list of an authority that may not sign any lets nobody in.
        """
        dumb = makeAuthority("Dumb", signsLists=False)
        self.assertEqual([signsLists(each.certificate) for each in (dumb, self.root)], [False, True])
        chain = (makeClient(dumb).certificate, dumb.certificate)
        self.assertEqual(self.said(makeRevocations(dumb), known=(dumb,), chain=chain), Objection.NOT_SIGNING)

    def test_scope(self) -> None:
        """
        A list for a distribution point lets in who names it, and nobody else.
        """
        here, there = "http://a.example/1.crl", "http://a.example/2.crl"
        found = makeRevocations(self.root, extensions=[at(here)])
        for points, expected in (([here, there], Objection.NONE), ([there], 44), ([], 44)):
            certificate = makeServer(self.root, points=points).certificate
            self.assertEqual(len(pointsOf(certificate)), len(points))
            self.assertEqual(self.said(found, chain=(certificate,)), expected)
        chain = (makeServer(self.root, points=[here]).certificate, self.root.certificate)
        self.assertEqual(self.said(found, chain=chain), Objection.OUT_OF_SCOPE)
        self.assertEqual(self.said(found, known=(makeAuthority("Root"),)), Objection.OUT_OF_SCOPE)

    def test_crossSigned(self) -> None:
        """
        What another authority has issued for a root, and revoked, is held against nobody who has another way.
        """
        older = makeAuthority("Older")
        crossed = makeAuthority("Root", older, key=self.root.key)
        found = makeRevocations(older, crossed.certificate)
        every = (self.root, self.middle, older, crossed)
        self.assertEqual(self.said(found, known=every), Objection.NONE)
        self.assertEqual(self.said(found, known=every, chain=(self.root.certificate,)), Objection.NONE)
        self.assertEqual(self.said(found, known=every, chain=(crossed.certificate,)), Objection.REVOKED)
        self.assertEqual(self.said(found, known=(self.middle, older, crossed)), Objection.REVOKED)
        both = found, makeRevocations(self.root, self.root.certificate)
        self.assertEqual(self.said(*both, known=every), Objection.REVOKED)

    def test_renewedAbove(self) -> None:
        """
        Nor is the former certificate of an authority that was renewed.
        """
        again = makeAuthority("Middle", self.root, key=self.middle.key)
        lower = makeAuthority("Lower", self.middle)
        known = (self.root, self.middle, again, lower)
        chain = (makeClient(lower).certificate, lower.certificate)
        one, both = ([self.middle.certificate, again.certificate][:count] for count in (1, 2))
        self.assertEqual(self.said(makeRevocations(self.root, *one), known=known, chain=chain), Objection.NONE)
        self.assertEqual(self.said(makeRevocations(self.root, *both), known=known, chain=chain), Objection.REVOKED)

    def test_circle(self) -> None:
        """
        Authorities that have certified each other, and no root, are followed once.
        """
        one, two = makeAuthority("One"), makeAuthority("Two")
        known = (makeAuthority("One", two, key=one.key), makeAuthority("Two", one, key=two.key))
        chain = (makeClient(one).certificate, known[0].certificate)
        self.assertEqual(self.said(makeRevocations(one), known=known, chain=chain), Objection.NONE)
        found = makeRevocations(one, known[1].certificate)
        self.assertEqual(self.said(found, known=known, chain=chain), Objection.REVOKED)

    def test_digest(self) -> None:
        """
        What is told apart, and what is not.
        """
        lists = makeRevocations(self.root), makeRevocations(self.middle)
        known = self.root.certificate, self.middle.certificate
        states = (Revoked(lists, known), Revoked(lists, known[:1]), Revoked(lists[:1], known), Revoked((), (), known))
        self.assertEqual(len({each.digest() for each in (*states, NOTHING)}), 5)
        self.assertEqual(Revoked(lists[::-1], known[::-1]), states[0])
        self.assertEqual(hash(Revoked(lists[::-1], known[::-1])), hash(states[0]))
        self.assertNotEqual(states[0], states[1])
        self.assertEqual(Revoked((), known), NOTHING)
