# -*- test-case-name: tests.wire.test_cachebook -*-
"""
The books of the session cache, in the shared segment: what each server has given
out and what came back.  Written by the servers, read by the stack; pure.

Sessions live in tickets that clients keep, so an I{entry} is a handshake that has given its client the means to resume:
it is alive for CACHELIFE, and some not as long (L{KEYED}, L{HELD}).  Entries are counted in buckets of a sixtieth of
CACHELIFE, so that they expire without being looked at one by one.  Every CACHECLEANUP handshakes of a server its
expired entries are taken off its books.

Each server writes the books of its own member and nobody else does; the next
process of the member goes on with them, as clients do with their tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import add

from attrs import astuple, frozen

WORD = 8
PAGE = 4096
BUCKETS = 64
FINENESS = 60
"""
Into how many parts CACHELIFE is divided.  There are more buckets than that, so
that an entry has expired before its bucket is used again.
"""

ROWS = 64
"""
How many labels a member's books have room for; the last row is for all further ones.
"""

OTHERS = "(others)"

KEPT = 4
"""
How many ticket keys are kept, at most, after they have been replaced.
"""

LASTING, KEYED, HELD = 1, 1 << 24, 1 << 48
"""
One entry: of a ticket of TLS 1.2, which is accepted after its key has been replaced; of one of TLS 1.3, which is not;
of a session without a ticket, which in addition only the process knows that has made it.  A bucket has a part for each.
"""

ANY = -1
"""
The key of a ring that its servers alone know.
"""

_PART, _MOST_HELD = (1 << 24) - 1, (1 << 16) - 1
_RING, _KEY, _FORGOTTEN, _ROWS_AT = 0, 1, 2, 8 + BUCKETS
_STAMPS = 8

_LABEL, _ADDED, _RESUMED, _MISSED, _REMOVED, _EXPIRED, _FIRST = 0, 1, 2, 3, 4, 5, 8
_ROW = _FIRST + BUCKETS

WORDS = -(-(_ROWS_AT + ROWS * _ROW) * WORD // PAGE) * PAGE // WORD
"""
The size of one member's books, in words: whole pages.
"""


@frozen
class Figures:
    """
    What the books say of one label.

    @ivar alive: entries that can be resumed.
    @ivar expired: entries that cannot any more, and have not been taken off the books.
    @ivar added: entries ever made.
    @ivar resumed: handshakes that resumed a session.
    @ivar missed: handshakes that did not.
    @ivar removed: entries taken off the books.  C{added} is the sum of C{alive}, C{expired} and this.
    """

    alive: int = 0
    expired: int = 0
    added: int = 0
    resumed: int = 0
    missed: int = 0
    removed: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*map(add, astuple(self), astuple(other)))


class CacheBook:
    """
    The books of one member, as its server keeps them.

    @param words: the member's L{WORDS} words.
    @param life: CACHELIFE, in seconds; 0 means that there are no entries.
    @param frequency: CACHECLEANUP.
    @param ring: the number of the server's ring of ticket keys.
    @param now: the present, monotonic and the same in every process, in seconds.
    """

    def __init__(self, words: memoryview, life: int, frequency: int, ring: int, now: float) -> None:
        self._words = words
        self._width = life / FINENESS
        self._life = life
        self._frequency = self._left = frequency
        self._makes = bool(life)
        self._rows = {name: row for name, row in _rowsOf(words)}
        self._slot, self._slotEnds = _FIRST, 0.0
        if words[_RING] != ring:
            # Its predecessor's keys are not this server's: nobody can resume with it what they sealed.
            self.void(self._rows)
            words[_RING] = ring
        self._end(HELD)
        if not life:
            self._slotEnds = float("inf")

    def count(self, label: str, resumed: bool, entry: int, now: float) -> None:
        """
        Count a complete handshake.

        @param resumed: it resumed a session.
        @param entry: what it gave the client, L{LASTING}, L{KEYED} or L{HELD}, unless there is no resumption
            at all; 0 is nothing.
        """
        if now >= self._slotEnds:
            self._advance(now)
        row = self._rows.get(label)
        if row is None:
            row = self._newRow(label)
        row[_RESUMED if resumed else _MISSED] += 1
        if entry and self._makes:
            row[_ADDED] += 1
            if entry == HELD and row[self._slot] // HELD == _MOST_HELD:
                # So many are not kept.
                row[_REMOVED] += 1
            else:
                row[self._slot] += entry
        self._left -= 1
        if not self._left:
            self.clean(now)

    def clean(self, now: float) -> None:
        """
        Take expired entries off the books.
        """
        self._left = self._frequency
        if not self._life:
            return
        oldest = _oldest(now, self._life, self._width)
        for index in range(BUCKETS):
            stamp = self._words[_STAMPS + index]
            if stamp and stamp < oldest:
                self._words[_STAMPS + index] = 0
                for row in self._rows.values():
                    row[_EXPIRED] += _entries(row[_FIRST + index])
                    row[_FIRST + index] = 0
        for row in self._rows.values():
            row[_REMOVED] += row[_EXPIRED]
            row[_EXPIRED] = 0

    def void(self, labels: Iterable[str]) -> None:
        """
        Take all entries of C{labels} off the books: nobody can resume them any more.
        """
        for label in labels:
            row = self._rows.get(label)
            if row is not None:
                row[_REMOVED] += row[_EXPIRED] + sum(map(_entries, row[_FIRST:]))
                row[_EXPIRED] = 0
                for index in range(_FIRST, _ROW):
                    row[index] = 0

    def rotate(self, key: int, forgotten: int) -> None:
        """
        Another ticket key may be the present one.

        @param key: how many keys of the ring were before it.
        @param forgotten: how often those before were not to be accepted any more.
        """
        if self._words[_FORGOTTEN] != forgotten:
            self.void(self._rows)
        elif self._words[_KEY] != key:
            self._end(KEYED)
        self._words[_KEY], self._words[_FORGOTTEN] = key, forgotten

    def part(self) -> None:
        """
        Others take the place of this process: nobody comes back to it.
        """
        self._makes = False
        self._end(HELD)

    def _end(self, least: int) -> None:
        """
        Have entries expire that do not last.

        @param least: of these and of those that last for less: L{KEYED} or L{HELD}.
        """
        for row in self._rows.values():
            for index in range(_FIRST, _ROW):
                word = row[index]
                if word >= least:
                    row[_EXPIRED] += _entries(word - word % least)
                    row[index] = word % least

    def _advance(self, now: float) -> None:
        """
        Go on to the bucket of the present.
        """
        period = int(now / self._width)
        index = period % BUCKETS
        if self._words[_STAMPS + index] != period + 1:
            # What was in it has expired, and waits for the next clean-up.
            for row in self._rows.values():
                row[_EXPIRED] += _entries(row[_FIRST + index])
                row[_FIRST + index] = 0
            self._words[_STAMPS + index] = period + 1
        self._slot, self._slotEnds = _FIRST + index, (period + 1) * self._width

    def _newRow(self, label: str) -> memoryview:
        if not label:
            # A handshake in which the label is the other side's business: nobody reads this row.
            row = self._rows[label] = memoryview(bytearray(_ROW * WORD)).cast("Q")
            return row
        free = (at for at in range(ROWS - 1) if not self._words[_ROWS_AT + at * _ROW + _LABEL])
        at = next(free, ROWS - 1) if len(label) <= WORD else ROWS - 1
        row = self._rows[label] = _rowAt(self._words, at)
        row[_LABEL] = _asWord(OTHERS if at == ROWS - 1 else label)
        return row


def figures(
    words: memoryview, life: int, now: float, keyOf: Callable[[int], int | None], forgotten: int = 0, open: bool = True
) -> dict[str, Figures]:
    """
    Return what the books of one member say, by label.

    @param words: as for L{CacheBook}.
    @param life: likewise.
    @param now: likewise.
    @param keyOf: returns which key of a ring is the present one, as for L{CacheBook.rotate}, or L{ANY};
        C{None} where nobody has the ring.
    @param forgotten: as for L{CacheBook.rotate}.
    @param open: the process that keeps the books is there, and takes connections.
    """
    oldest = _oldest(now, life, life / FINENESS) if life else 0
    key = keyOf(words[_RING])
    valid = key is not None and words[_FORGOTTEN] == forgotten
    most = KEYED if key not in (ANY, words[_KEY]) else HELD << 16 if open else HELD
    current = [valid and bool(stamp) and stamp >= oldest for stamp in words[_STAMPS : _STAMPS + BUCKETS]]
    return {name: _figuresOf(row, current, most) for name, row in _rowsOf(words)}


def ringOf(words: memoryview) -> int:
    """
    Return the number of the ring of ticket keys that the member's last server had; 0 where there was none.
    """
    return int(words[_RING])


def _entries(word: int) -> int:
    """
    Return how many entries a bucket has.
    """
    return (word & _PART) + (word // KEYED & _PART) + word // HELD


def _figuresOf(row: memoryview, current: list[bool], most: int) -> Figures:
    counts = row[_FIRST:_ROW].tolist()
    alive = sum(_entries(count % most) for count, isCurrent in zip(counts, current, strict=True) if isCurrent)
    return Figures(
        alive=alive,
        expired=sum(map(_entries, counts)) - alive + row[_EXPIRED],
        added=row[_ADDED],
        resumed=row[_RESUMED],
        missed=row[_MISSED],
        removed=row[_REMOVED],
    )


def _oldest(now: float, life: int, width: float) -> int:
    """
    Return the stamp of the oldest bucket that may have an entry which is alive.
    """
    return int((now - life) / width) + 1


def _rowsOf(words: memoryview) -> list[tuple[str, memoryview]]:
    rows = [_rowAt(words, at) for at in range(ROWS)]
    return [(_asText(row[_LABEL]), row) for row in rows if row[_LABEL]]


def _rowAt(words: memoryview, at: int) -> memoryview:
    first = _ROWS_AT + at * _ROW
    return words[first : first + _ROW]


def _asWord(label: str) -> int:
    return int.from_bytes(label.encode("utf-8")[:WORD], "little")


def _asText(word: int) -> str:
    return word.to_bytes(WORD, "little").rstrip(b"\0").decode("utf-8", "replace")
