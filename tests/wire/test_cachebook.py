"""
Tests for L{sslpool.wire.cachebook}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire import cachebook
from sslpool.wire.cachebook import (
    ANY,
    BUCKETS,
    FINENESS,
    HELD,
    KEYED,
    LASTING,
    OTHERS,
    ROWS,
    WORDS,
    CacheBook,
    Figures,
    figures,
    ringOf,
)

LIFE = 600
WIDTH = LIFE / FINENESS
RING = 4711
START = 1000.0


class BookTests(SynchronousTestCase):
    """
    The books of one member, with a CACHELIFE of ten minutes.
    """

    def setUp(self) -> None:
        """
        Open them.
        """
        self.key, self.running = 0, True
        self.words = memoryview(bytearray(WORDS * 8)).cast("Q")
        self.book = self.open()

    def open(self, frequency: int = 10, ring: int = RING, now: float = START, life: int = LIFE) -> CacheBook:
        """
        Be a server that begins.
        """
        return CacheBook(self.words, life, frequency, ring, now)

    def read(self, now: float = START, label: str = "WEBCERT", life: int = LIFE) -> Figures:
        """
        Be the stack.
        """
        found = figures(self.words, life, now, {RING: self.key}.get, open=self.running)
        for each in found.values():
            self.assertEqual(each.added, each.alive + each.expired + each.removed)
        return found.get(label, Figures())

    def begin(self, now: float = START, label: str = "WEBCERT") -> None:
        """
        Count a full handshake.
        """
        self.book.count(label, False, True, now)

    def test_empty(self) -> None:
        """
        New books have no label.
        """
        self.assertEqual(figures(self.words, LIFE, START, bool), {})
        self.assertEqual(ringOf(self.words), RING)

    def test_counted(self) -> None:
        """
        A full handshake is missed and makes an entry; a resumed one is none with TLS 1.2 and another one with TLS 1.3.
        """
        self.begin()
        self.book.count("WEBCERT", True, False, START)
        self.book.count("WEBCERT", True, True, START)
        self.begin(label="OTHER")
        self.assertEqual(self.read(), Figures(alive=2, added=2, resumed=2, missed=1))
        self.assertEqual(self.read(label="OTHER"), Figures(alive=1, added=1, missed=1))

    def test_expiry(self) -> None:
        """
        An entry is alive for CACHELIFE, and at most a sixtieth of it longer.
        """
        for begun in (START, START + 0.7 * WIDTH, START + 3.2 * WIDTH):
            self.setUp()
            self.begin(begun)
            self.assertEqual(self.read(begun + LIFE - 0.01).alive, 1)
            self.assertEqual(self.read(begun + LIFE + WIDTH + 0.01), Figures(expired=1, added=1, missed=1))

    def test_cleaned(self) -> None:
        """
        Every CACHECLEANUP handshakes what has expired is taken off the books, and nothing that has not.
        """
        for _ in range(4):
            self.begin()
        late = START + LIFE + 2 * WIDTH
        for _ in range(5):
            self.begin(late)
        self.assertEqual(self.read(late), Figures(alive=5, expired=4, added=9, missed=9))
        self.begin(late)
        self.assertEqual(self.read(late), Figures(alive=6, removed=4, added=10, missed=10))
        for _ in range(10):
            self.begin(late)
        self.assertEqual(self.read(late), Figures(alive=16, removed=4, added=20, missed=20))

    def test_bucketsUsedAgain(self) -> None:
        """
        However long there is no clean-up, entries are only counted as expired.
        """
        self.book = self.open(1000)
        for index in range(3 * BUCKETS):
            self.begin(START + index * WIDTH)
        now = START + (3 * BUCKETS - 1) * WIDTH
        found = self.read(now)
        self.assertEqual((found.added, found.removed), (3 * BUCKETS, 0))
        self.assertIn(found.alive, (FINENESS, FINENESS + 1))
        self.book.clean(now)
        self.assertEqual(self.read(now), Figures(found.alive, 0, found.added, 0, found.missed, found.expired))

    def test_nextProcess(self) -> None:
        """
        The member's next process goes on with the books.
        """
        self.begin()
        self.book = self.open()
        self.begin()
        self.begin(label="OTHER")
        self.assertEqual(self.read(), Figures(alive=2, added=2, missed=2))
        self.assertEqual(self.read(label="OTHER"), Figures(alive=1, added=1, missed=1))

    def test_otherKeys(self) -> None:
        """
        With the keys of another agent, earlier entries are worth nothing: first the
        stack says so, then the next server takes them off the books.
        """
        self.begin()
        self.words[0] = RING + 1
        self.assertEqual(self.read(), Figures(expired=1, added=1, missed=1))
        self.open(ring=RING + 2)
        self.assertEqual(self.read(), Figures(removed=1, added=1, missed=1))

    def test_void(self) -> None:
        """
        Entries of a certificate that is gone are taken off at once, expired or not, and those of other labels are not.
        """
        self.begin()
        self.begin(label="OTHER")
        late = START + LIFE + 2 * WIDTH
        self.begin(late)
        self.book.void(["WEBCERT", "UNKNOWN"])
        self.assertEqual(self.read(late), Figures(removed=2, added=2, missed=2))
        self.assertEqual(self.read(late, "OTHER"), Figures(expired=1, added=1, missed=1))
        self.book.rotate(0, 1)
        self.assertEqual(figures(self.words, LIFE, late, {RING: 0}.get, 1)["OTHER"].removed, 1)

    def mixed(self) -> None:
        """
        Count a handshake of each kind, in two buckets.
        """
        for now in (START, START + WIDTH):
            for entry in (LASTING, KEYED, HELD):
                self.book.count("WEBCERT", False, entry, now)

    def alive(self) -> int:
        """
        Return how many can be resumed.
        """
        return self.read(START + WIDTH).alive

    def test_keys(self) -> None:
        """
        With another key only tickets of TLS 1.2 are resumed: the stack says so before the server knows, and the
        same when it does; then entries are made for that key.
        """
        self.mixed()
        self.assertEqual(self.alive(), 6)
        self.key = 1
        self.assertEqual(self.read(START + WIDTH), Figures(alive=2, expired=4, added=6, missed=6))
        self.book.rotate(1, 0)
        self.assertEqual(self.read(START + WIDTH), Figures(alive=2, expired=4, added=6, missed=6))
        self.mixed()
        self.book.rotate(1, 0)
        self.assertEqual(self.alive(), 8)
        self.key = ANY
        self.book.rotate(2, 0)
        self.assertEqual(self.alive(), 4)

    def test_forgotten(self) -> None:
        """
        Where keys are forgotten nothing is resumed, and the stack says so first.
        """
        self.mixed()
        forgotten = figures(self.words, LIFE, START + WIDTH, {RING: 1}.get, 1)
        self.assertEqual(forgotten["WEBCERT"], Figures(expired=6, added=6, missed=6))

    def test_process(self) -> None:
        """
        What a server keeps itself goes with its process, or when others take its place; then it makes no entries.
        """
        self.mixed()
        self.running = False
        self.assertEqual(self.alive(), 4)
        self.running = True
        self.book = self.open()
        self.assertEqual(self.alive(), 4)
        self.mixed()
        self.assertEqual(self.alive(), 10)
        self.book.part()
        self.mixed()
        self.assertEqual(self.read(START + WIDTH), Figures(alive=8, added=12, missed=18, removed=4))

    def test_manyHeld(self) -> None:
        """
        No more are counted than a bucket has room for, and no other entry suffers.
        """
        for _ in range(70_000):
            self.book.count("WEBCERT", False, HELD, START)
        self.begin()
        self.assertEqual((self.read().alive, self.read().added), (0xFFFF + 1, 70_001))

    def test_manyLabels(self) -> None:
        """
        Labels for which there is no row share the last one, and no two others do.
        """
        for index in range(ROWS + 10):
            self.begin(label=f"L{index}")
        found = figures(self.words, LIFE, START, lambda ring: ANY)
        self.assertEqual(len(found), ROWS)
        self.assertEqual(found[OTHERS].added, 11)
        self.book = self.open()
        self.begin(label="L5")
        self.begin(label="LNEW")
        self.assertEqual(self.read(label="L5").added, 2)
        self.assertEqual(self.read(label=OTHERS).added, 12)

    def test_noLabel(self) -> None:
        """
        A handshake without a label of ours is in no books; a label that is too long for
        a row of its own is with the others.
        """
        self.begin(label="")
        self.begin(label="LONGER-THAN-A-ROW")
        self.begin()
        self.assertEqual(set(figures(self.words, LIFE, START, bool)), {OTHERS, "WEBCERT"})
        self.book = self.open()
        self.begin(label="NEXT")
        self.begin(label="")
        self.assertEqual(set(figures(self.words, LIFE, START, bool)), {OTHERS, "WEBCERT", "NEXT"})
        self.assertEqual((self.read().added, self.read(label="NEXT").added), (1, 1))

    def test_noResumption(self) -> None:
        """
        With CACHELIFE 0 there are handshakes and no entries.
        """
        self.book = self.open(life=0)
        for _ in range(30):
            self.begin()
        self.assertEqual(self.read(life=0), Figures(missed=30))

    def test_early(self) -> None:
        """
        The machine may have been started less than CACHELIFE ago.
        """
        self.begin(3.0)
        self.assertEqual(self.read(5.0), Figures(alive=1, added=1, missed=1))

    def test_sum(self) -> None:
        """
        Figures are added one by one.
        """
        one = Figures(1, 2, 3, 4, 5, 6)
        self.assertEqual(one + one, Figures(2, 4, 6, 8, 10, 12))
        self.assertEqual(cachebook.WORDS * 8 % 4096, 0)
