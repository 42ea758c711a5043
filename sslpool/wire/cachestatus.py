# -*- test-case-name: tests.reports.test_cache -*-
"""
What is reported of the session cache and the shared segment, as records; pure.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.messages import Said


@frozen
class CacheFigures:
    """
    What the books of the session cache say of one label.

    @ivar label: the label.
    @ivar alive: entries that can be resumed: handshakes that have given a ticket at most CACHELIFE ago, whose
        key and label are still in use.
    @ivar expired: entries that cannot any more, and have not been taken off the books.
    @ivar added: entries since the stack started.
    @ivar resumed: handshakes that resumed a session, likewise.
    @ivar missed: handshakes that did not, since the client offered no session or one that was not accepted.
    @ivar removed: entries that were taken off the books; C{added} is C{alive}, C{expired} and this together.
    """

    label: str
    alive: int
    expired: int
    added: int
    resumed: int
    missed: int
    removed: int


@frozen
class SegmentStatus:
    """
    The shared segment, as z/VM shows a DCSS.

    @ivar name: its name.
    @ivar number: its number, as z/VM's spool file has one.
    @ivar first: its first page in hexadecimal, as C{:dcss_parms.} says.
    @ivar last: its last page, as its size has it.
    @ivar size: how large it really is, in octets.
    @ivar users: who has it mapped: the servers that run, and the agent.
    """

    name: str
    number: int
    first: str
    last: str
    size: int
    users: tuple[str, ...]


@frozen
class CacheStatus:
    """
    The session cache of a pool.

    @ivar stack: the stack's user ID.
    @ivar server: the only server whose books are shown, or empty.
    @ivar segment: where the books are.
    @ivar life: CACHELIFE in seconds; 0 is no resumption.
    @ivar cleanup: CACHECLEANUP: how many handshakes of a server are between two clean-ups of its books.
    @ivar keys: how many ticket keys are accepted: the present one, and those it has replaced.
    @ivar keySince: since when the present key is in use, in seconds since the epoch; 0 where there is none.
    @ivar keyUntil: when it is replaced at the latest, likewise.
    @ivar keysLeft: how many more keys the agent has made.
    @ivar labels: the figures, by label.
    @ivar problems: messages about what does not work.
    """

    stack: str
    server: str
    segment: SegmentStatus
    life: int
    cleanup: int
    keys: int
    keySince: float
    keyUntil: float
    keysLeft: int
    labels: tuple[CacheFigures, ...]
    problems: tuple[Said, ...] = ()
