# -*- test-case-name: tests.manager.test_sessioncache -*-
"""
The session cache as operators see it: read from the shared segment, without a
question to any server.  Lives in the stack process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from attrs import astuple, evolve

from sslpool.config.configuration import Configuration
from sslpool.manager.liveness import IAgent
from sslpool.manager.member import Member, Process
from sslpool.manager.seats import Seats
from sslpool.messages import Said, operatorError, said
from sslpool.wire.cachebook import ANY, KEPT, Figures, figures, ringOf
from sslpool.wire.cachestatus import CacheFigures, CacheStatus, SegmentStatus
from sslpool.wire.segment import KeyFacts, Segment

LONGEST = 1 << 31
"""
Longer than any ticket key is in use, in seconds.
"""


class SessionCache:
    """
    Reads the books, and asks for other ticket keys.

    @param segment: where the books are.
    @param agent: the agent's starter.
    @param described: returns name, number, pages and size of the segment.
    @param configuration: has the names and the pool's VMSSL operands, which the start decides.
    @param members: the pool's members.
    @param seats: which seats are theirs.
    @param clock: the present, of the clock that agent and servers go by.
    """

    def __init__(
        self,
        segment: Segment,
        agent: IAgent,
        described: Callable[[], SegmentStatus],
        configuration: Configuration,
        members: Sequence[Member],
        seats: Seats,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._segment = segment
        self._present = agent
        self._described = described
        self._stack, self._agent = configuration.stack, configuration.agent
        self._parameters = configuration.parameters
        self._members = members
        self._seats = seats
        self._clock = clock
        self._asked: list[float] = []
        self._forgotten = 0.0

    def status(self, server: str | None = None) -> CacheStatus:
        """
        Return what there is to say of the cache.

        @param server: the only member whose books are looked at.
        """
        now = self._clock()
        since, until, accepted, left = self._keys(now)
        epoch = time.time() - now
        return CacheStatus(
            stack=self._stack,
            server=server or "",
            segment=evolve(self._described(), users=self._users()),
            life=self._parameters.cacheLife,
            cleanup=self._parameters.cacheCleanup,
            keys=accepted,
            keySince=epoch + since if accepted else 0.0,
            keyUntil=epoch + until if accepted else 0.0,
            keysLeft=left,
            labels=tuple(self._labels(server, now)),
            problems=tuple(self._problems()),
        )

    def rotate(self, forget: bool) -> list[Said]:
        """
        Have all servers take another ticket key with their next connection.

        @param forget: tickets of the keys before are not accepted any more.
        @return: what there is to say of it.
        @raise sslpool.messages.OperatorError: there is no resumption, or no key yet, or none left.
        """
        if not self._parameters.cacheLife:
            raise operatorError("SSLP168E")
        now = self._clock()
        if not self._present.words.keys.ring:
            raise operatorError("DTCSSL2421E", server=self._agent, reason="it has made no ticket keys yet")
        if not forget and not self._keys(now)[3]:
            raise operatorError("SSLP167E", agent=self._agent)
        self._asked.append(now)
        if forget:
            self._forgotten = now
        self._segment.rotate(forget)
        return [] if forget else [said("SSLP169I", seconds=self._parameters.cacheLife)]

    @property
    def usedUp(self) -> bool:
        """
        Whether the last ticket key of the present agent is in use.
        """
        return bool(self._parameters.cacheLife and self._present.words.keys.ring) and not self._keys(self._clock())[3]

    def _users(self) -> tuple[str, ...]:
        """
        Return who has the segment mapped; the stack itself, which is no SSL server, apart.
        """
        servers = [member.userid for member in self._members if member.process is not None and member.process.pid]
        return (*servers, self._agent) if self._present.pid else tuple(servers)

    def _labels(self, server: str | None, now: float) -> list[CacheFigures]:
        """
        Return the sums over all books that are meant, by label.
        """
        keys, forgotten = self._presentKeys(now), self._segment.forgotten
        sums: dict[str, Figures] = {}
        for member in self._members:
            if server in (None, member.userid):
                for seat in self._seats.of(member.index):
                    words, life = self._segment.cache(seat), self._parameters.cacheLife
                    # A process that only finishes its sessions is not asked any more.
                    isOpen = member.process is not None and member.process.seat.number == seat
                    for label, found in figures(words, life, now, keys.get, forgotten, isOpen).items():
                        sums[label] = sums.get(label, Figures()) + found
        return [CacheFigures(label, *astuple(sums[label])) for label in sorted(sums)]

    def _presentKeys(self, now: float) -> dict[int, int]:
        """
        Return the sets of ticket keys with which somebody can resume a session, and how many keys of each
        were before the present one.
        """
        facts = self._present.words.keys
        running = [member.process for member in self._members if member.process is not None]
        keys = dict.fromkeys(map(self._ringOf, running), ANY)
        scheduled = self._scheduled(facts, now)
        keys[facts.ring] = ANY if scheduled is None else scheduled + max(0, self._segment.rotations - facts.base)
        return keys

    def _scheduled(self, facts: KeyFacts, now: float) -> int | None:
        """
        Return how many keys have been replaced since their time was over; C{None} where there are none.
        """
        began = facts.began / 1000
        # An agent that is not itself any more may say anything.
        if not (facts.ring and self._parameters.cacheLife and 0 < facts.period < LONGEST and began <= now + LONGEST):
            return None
        return max(0, int((now - began) / facts.period))

    def _ringOf(self, process: Process) -> int:
        return ringOf(self._segment.cache(process.seat.number))

    def _problems(self) -> list[Said]:
        problems = []
        if not self._present.pid:
            problems.append(said("DTCSSL2421E", server=self._agent, reason="the agent is not running"))
        present = self._present.words.keys.ring
        for member in self._members:
            if member.process is not None and self._ringOf(member.process) not in (0, present):
                problems.append(said("SSLP166W", server=member.userid))
        return problems

    def _keys(self, now: float) -> tuple[float, float, int, int]:
        """
        Return since when the present key is in use and when it is replaced at the
        latest, how many keys are accepted, and how many are left.
        """
        facts = self._present.words.keys
        life, began = self._parameters.cacheLife, facts.began / 1000
        scheduled = self._scheduled(facts, now)
        if scheduled is None:
            return 0.0, 0.0, 0, 0
        count = max(0, self._segment.rotations - facts.base)
        asked = self._asked[max(0, len(self._asked) - count) :]
        last = range(max(1, scheduled - KEPT), scheduled + 1)
        changes = sorted([*(began + index * facts.period for index in last), *asked])
        accepted = [change for change in changes if change > self._forgotten and change + life > now][-KEPT:]
        since = changes[-1] if changes else began
        until = began + (scheduled + 1) * facts.period
        return since, until, 1 + len(accepted), max(0, facts.size - 1 - scheduled - len(asked))
