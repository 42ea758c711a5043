"""
Tests for L{sslpool.pool.peers}.
"""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from sslpool.pool.peers import Bucket, Ledger, Peer, Peers, keyOf
from tests.doubles.room import newSegment

SLOTS = 4


class KeyTests(SynchronousTestCase):
    """
    What counts as one address.
    """

    def test_keys(self) -> None:
        """
        An address of IPv4, mapped or not; 64 bits of IPv6; each link-local one.
        """
        self.assertEqual(keyOf("192.0.2.1"), keyOf("::ffff:192.0.2.1"))
        self.assertNotEqual(keyOf("192.0.2.1"), keyOf("192.0.2.2"))
        self.assertEqual(keyOf("2001:db8:0:1::1"), keyOf("2001:db8:0:1:ffff:ffff:ffff:ffff"))
        self.assertNotEqual(keyOf("2001:db8:0:1::1"), keyOf("2001:db8:0:2::1"))
        self.assertNotEqual(keyOf("fe80::1%eth0"), keyOf("fe80::2%eth0"))
        self.assertNotEqual(keyOf("::c000:201"), keyOf("192.0.2.1"))


class BucketTests(SynchronousTestCase):
    """
    How often something may happen.
    """

    def test_burst(self) -> None:
        """
        As many at once as in a second, and then as they come.
        """
        bucket = Bucket()
        self.assertEqual([bucket.take(3, 10.0) for _ in range(4)], [True, True, True, False])
        self.assertFalse(bucket.take(3, 10.3))
        self.assertTrue(bucket.take(3, 10.4))
        self.assertFalse(bucket.take(3, 10.4))

    def test_patience(self) -> None:
        """
        A long time without any gives no more than a second does; a clock that goes back nothing.
        """
        bucket = Bucket()
        self.assertTrue(bucket.take(2, 5.0))
        self.assertEqual(bucket.level(2, 1000.0), 2.0)
        self.assertEqual(bucket.level(2, 999.0), 2.0)

    def test_changed(self) -> None:
        """
        Another rate is in effect at once.
        """
        bucket = Bucket()
        self.assertEqual(bucket.level(100, 0.0), 100)
        self.assertEqual(bucket.level(1, 0.0), 1)


class TableTests(SynchronousTestCase):
    """
    The table of addresses.
    """

    def test_size(self) -> None:
        """
        Places of addresses with connections are kept; the others are had by who comes, the one
        first that has been without for longest.
        """
        peers = Peers(3)
        a, b, c = (self.added(peers, key) for key in "abc")
        a.join()
        b.join()
        c.join()
        self.assertIdentical(peers.add("d"), None)
        b.leave()
        a.leave()
        d = self.added(peers, "d")
        self.assertIdentical(peers.get("b"), None)
        self.assertEqual((len(peers), peers.get("a"), peers.get("c"), peers.get("d")), (3, a, c, d))

    def added(self, peers: Peers, key: str) -> Peer:
        """
        Add an address for which there is a place.
        """
        peer = peers.add(key)
        assert peer is not None
        return peer

    def test_many(self) -> None:
        """
        Whoever has connections is never pushed out, however many others come.
        """
        peers, random = Peers(8), Random(1)
        held: dict[str, int] = {}
        for _ in range(5000):
            key = str(random.randrange(40))
            peer = peers.get(key) or peers.add(key)
            if peer is None:
                self.assertEqual(len(held), 8)
            elif held.get(key) and random.random() < 0.6:
                peer.leave()
                held[key] -= 1
            elif random.random() < 0.7:
                peer.join()
                held[key] = held.get(key, 0) + 1
            held = {key: count for key, count in held.items() if count}
            self.assertEqual({each.key: each.count for each in peers._known.values() if each.count}, held)
            self.assertLessEqual(len(peers), 8)


class LedgerTests(SynchronousTestCase):
    """
    Which counted connections a process has.
    """

    def setUp(self) -> None:
        """
        A process, and an address.
        """
        self.region = newSegment(SLOTS).region(0)
        self.ledger = Ledger(self.region)
        peer = Peers().add("a")
        assert peer is not None
        self.peer = peer

    def hand(self, number: int, counted: bool = True) -> None:
        """
        Hand a connection over, as the stack does.
        """
        self.ledger.heed()
        self.region.handed += 1
        if counted:
            self.peer.join()
            self.ledger.handed(number, self.peer)

    def test_ended(self) -> None:
        """
        What has ended is counted until it is looked at, and then no longer.
        """
        self.hand(1)
        self.hand(2)
        self.region.finish(1)
        self.assertEqual(self.peer.count, 2)
        self.ledger.settle()
        self.ledger.settle()
        self.assertEqual(self.peer.count, 1)

    def test_notOverrun(self) -> None:
        """
        However many end between two looks, none is missed, with uncounted ones among them.
        """
        random, running = Random(2), list[int]()
        for number in range(1000):
            while len(running) >= SLOTS or (running and random.random() < 0.5):
                self.region.finish(running.pop(random.randrange(len(running))))
            self.hand(number, counted=number % 3 != 0)
            running.append(number)
        self.ledger.settle()
        self.assertEqual(self.peer.count, sum(number % 3 != 0 for number in running))

    def test_offForAWhile(self) -> None:
        """
        Connections that came while nothing was counted do not disturb, before or between.
        """
        for number in range(3 * SLOTS):
            self.hand(number, counted=False)
            self.region.finish(number)
        self.hand(100)
        for number in range(200, 200 + 3 * SLOTS):
            self.hand(number, counted=False)
            self.region.finish(number)
        self.region.finish(100)
        self.ledger.settle()
        self.assertEqual(self.peer.count, 0)

    def test_back(self) -> None:
        """
        What comes back stays counted, and is none of the process's when that ends.
        """
        self.hand(1)
        self.hand(2)
        self.assertIs(self.ledger.back(1), self.peer)
        self.assertIs(self.ledger.back(1), None)
        self.ledger.end()
        self.assertEqual(self.peer.count, 1)

    def test_adopted(self) -> None:
        """
        What was handed over while nobody counted is counted once the process has said what it
        has, but not what has ended meanwhile, nor twice what was counted.
        """
        for number in (1, 2):
            self.hand(number, counted=False)
        self.ledger.watch()
        self.hand(3)
        self.region.finish(1)
        for number in range(10, 10 + 3 * SLOTS):
            self.hand(number, counted=False)
            self.region.finish(number)
        self.ledger.adopt((number, self.peer) for number in (1, 2, 3, 10))
        self.assertEqual(self.peer.count, 2)
        self.region.finish(2)
        self.region.finish(3)
        self.ledger.settle()
        self.assertEqual(self.peer.count, 0)

    def test_adoptedTooLate(self) -> None:
        """
        What a process says that has ended is not counted, nor what is not counted at all.
        """
        self.hand(1, counted=False)
        self.ledger.watch()
        self.ledger.adopt([(1, None)])
        self.ledger.watch()
        self.ledger.end()
        self.region.clear()
        self.ledger.begin()
        self.ledger.adopt([(1, self.peer)])
        self.assertEqual(self.peer.count, 0)

    def test_askedTwice(self) -> None:
        """
        Where a process is asked again before it has answered, its first answer does not bring back what
        has ended since, and the second still counts what the first did not have.
        """
        for number in (1, 2):
            self.hand(number, counted=False)
        self.ledger.watch()
        self.region.finish(1)
        self.hand(3, counted=False)
        self.ledger.watch()
        self.ledger.adopt([(1, self.peer), (2, self.peer)])
        self.assertEqual(self.peer.count, 1)
        self.region.finish(2)
        self.ledger.adopt([(2, self.peer), (3, self.peer)])
        self.assertEqual(self.peer.count, 1)
        self.region.finish(3)
        self.ledger.settle()
        self.assertEqual(self.peer.count, 0)

    def test_next(self) -> None:
        """
        The next process of the seat begins anew.
        """
        self.hand(1)
        self.region.finish(1)
        self.ledger.settle()
        self.ledger.end()
        self.region.clear()
        self.ledger.begin()
        self.hand(1)
        self.region.finish(1)
        self.ledger.settle()
        self.assertEqual(self.peer.count, 0)
