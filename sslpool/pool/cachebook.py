# -*- test-case-name: tests.pool.test_cachebook -*-
"""
The books of the session cache, in the shared segment: what each server has given
out and what came back.  Written by the servers, read by the stack; pure.

Sessions live in tickets that clients keep, so an I{entry} is a handshake that has
given its client the means to resume: it is alive for CACHELIFE.  Entries are
counted in buckets of a sixtieth of CACHELIFE, so that they expire without being
looked at one by one.  Every CACHECLEANUP handshakes of a server its expired
entries are taken off its books.

Each server writes the books of its own member and nobody else does; the next
process of the member goes on with them, as clients do with their tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

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

_RING, _ROWS_AT = 0, 8 + BUCKETS
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
        return Figures(
            self.alive + other.alive,
            self.expired + other.expired,
            self.added + other.added,
            self.resumed + other.resumed,
            self.missed + other.missed,
            self.removed + other.removed,
        )


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
        self._rows = {name: row for name, row in _rowsOf(words)}
        self._slot, self._slotEnds = _FIRST, 0.0
        if words[_RING] != ring:
            # Its predecessor's keys are not this server's: nobody can resume with it what they sealed.
            self.void(self._rows)
            words[_RING] = ring
        if not life:
            self._slotEnds = float("inf")

    def count(self, label: str, resumed: bool, ticket: bool, now: float) -> None:
        """
        Count a complete handshake.

        @param resumed: it resumed a session.
        @param ticket: it gave the client a ticket, unless there is no resumption at all.
        """
        if now >= self._slotEnds:
            self._advance(now)
        row = self._rows.get(label)
        if row is None:
            row = self._newRow(label)
        row[_RESUMED if resumed else _MISSED] += 1
        if ticket and self._life:
            row[_ADDED] += 1
            row[self._slot] += 1
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
                    row[_EXPIRED] += row[_FIRST + index]
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
                row[_REMOVED] += row[_EXPIRED] + sum(row[_FIRST:])
                row[_EXPIRED] = 0
                for index in range(_FIRST, _ROW):
                    row[index] = 0

    def voidAll(self) -> None:
        """
        The same for all labels.
        """
        self.void(self._rows)

    def _advance(self, now: float) -> None:
        """
        Go on to the bucket of the present.
        """
        period = int(now / self._width)
        index = period % BUCKETS
        if self._words[_STAMPS + index] != period + 1:
            # What was in it has expired, and waits for the next clean-up.
            for row in self._rows.values():
                row[_EXPIRED] += row[_FIRST + index]
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


def figures(words: memoryview, life: int, now: float, valid: Callable[[int], bool]) -> dict[str, Figures]:
    """
    Return what the books of one member say, by label.

    @param words: as for L{CacheBook}.
    @param life: likewise.
    @param now: likewise.
    @param valid: tells whether a ring's ticket keys are still in use.
    """
    oldest = _oldest(now, life, life / FINENESS) if life else 0
    current = [
        bool(stamp) and stamp >= oldest and valid(words[_RING]) for stamp in words[_STAMPS : _STAMPS + BUCKETS]
    ]
    return {name: _figuresOf(row, current) for name, row in _rowsOf(words)}


def ringOf(words: memoryview) -> int:
    """
    Return the number of the ring of ticket keys that the member's last server had; 0
    where there was none.
    """
    return int(words[_RING])


def _figuresOf(row: memoryview, current: list[bool]) -> Figures:
    counts = row[_FIRST:_ROW].tolist()
    alive = sum(count for count, isCurrent in zip(counts, current, strict=True) if isCurrent)
    return Figures(
        alive=alive,
        expired=sum(counts) - alive + row[_EXPIRED],
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
