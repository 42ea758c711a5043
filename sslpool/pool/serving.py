# -*- test-case-name: tests.pool.test_serving -*-
"""
Whether a new client would be served now, and if not, why.  Decided in the stack process, here and nowhere else; pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from sslpool.config.limits import Limits
from sslpool.messages import Said, said
from sslpool.pool.routing import Room
from sslpool.pool.states import State
from sslpool.pool.userids import listed


@frozen
class MemberFacts:
    """
    What counts of a member.

    @ivar userid: its name.
    @ivar state: its state.
    @ivar impeded: what keeps its process from taking connections, such as C{hung: no progress for 10 s}; or empty.
    @ivar death: why its process has died, unless it has been Active since; or empty.
    """

    userid: str
    state: State
    impeded: str = ""
    death: str = ""


@frozen
class PoolFacts:
    """
    What counts of the pool.

    @ivar room: what the next connection meets.
    @ivar members: the members.
    @ivar sessions: sessions that count against MAXSESSIONS.
    @ivar limits: the limits in force.
    @ivar shortage: why the stack cannot accept connections, or empty.
    @ivar open: a server has been Active, so that the ports are open.
    """

    room: Room
    members: tuple[MemberFacts, ...]
    sessions: int
    limits: Limits
    shortage: str = ""
    open: bool = True

    @property
    def clients(self) -> str:
        """
        What becomes of clients where no server takes their connections.
        """
        waiting = f"ports stay open, new connections wait up to {self.limits.wait} s"
        return waiting if self.open else "the ports are opened when a server is Active"

    @property
    def active(self) -> int:
        """
        How many servers are Active.
        """
        return sum(member.state is State.ACTIVE for member in self.members)


@frozen
class PortFacts:
    """
    What counts of a secure port.

    @ivar local: its address, C{address:port} (IPv6 in brackets).
    @ivar number: the port's number.
    @ivar userid: the application's userid.
    @ivar listening: the stack listens.
    @ivar problem: the message why its clients are not served whatever the pool does, or C{None}.
    @ivar bind: the address of BIND; a PORT entry without it may have a socket for IPv4 and one for IPv6.
    """

    local: str
    number: int
    userid: str
    listening: bool = True
    problem: Said | None = None
    bind: str | None = None

    @property
    def entry(self) -> tuple[int, str | None]:
        """
        Which PORT entry it is of.
        """
        return self.number, self.bind


@frozen
class Verdict:
    """
    Whether new clients are served.

    @ivar serving: they are.
    @ivar said: the message that says so, or why not.
    """

    serving: bool
    said: Said


def ofPool(facts: PoolFacts) -> Verdict | None:
    """
    Return what is to be said of the pool; C{None} where a server takes the next connection.
    """
    if facts.shortage:
        return Verdict(False, said("SSLP109E", reason=facts.shortage))
    if facts.room is Room.FREE:
        return None
    crowded = crowding(facts.room, facts.sessions, facts.limits)
    if crowded is not None:
        return Verdict(False, crowded)
    if facts.room is Room.NOBODY:
        return Verdict(False, _nobody(facts))
    return _coming(facts)


def crowding(room: Room, sessions: int, limits: Limits) -> Said | None:
    """
    Return which limit leaves the next connection without room; C{None} where it is not the number of sessions.
    """
    if room is Room.LIMIT:
        return said("SSLP469W", limit=limits.maxSessions, sessions=sessions, seconds=limits.wait)
    return _full(sessions, limits) if room is Room.FULL else None


def _coming(facts: PoolFacts) -> Verdict:
    """
    Return what is to be said where a server has to become Active first.
    """
    coming = facts.room is Room.COMING
    state = State.STARTING if coming else State.ELIGIBLE
    sound = next((member.userid for member in facts.members if member.state is state and not member.death), "")
    dying = [member for member in facts.members if member.death and member.state is not State.STOPPED]
    taking = any(member.state is State.ACTIVE and not member.impeded for member in facts.members)
    if dying and not (taking and sound):
        return Verdict(False, _full(facts.sessions, facts.limits) if taking else _dying(dying[0], facts))
    # What the router knows may be a moment older than the members' states.
    awaited = sound or facts.members[0].userid
    if taking:
        return Verdict(True, said("SSLP456I", server=awaited))
    if coming:
        return Verdict(False, said("SSLP459W", server=awaited, clients=facts.clients))
    return Verdict(True, said("SSLP468I", server=awaited))


def _full(sessions: int, limits: Limits) -> Said:
    return said("SSLP108W", sessions=sessions, seconds=limits.wait)


def _dying(member: MemberFacts, facts: PoolFacts) -> Said:
    return said("SSLP458E", server=member.userid, reason=member.death, clients=facts.clients)


def _nobody(facts: PoolFacts) -> Said:
    """
    Return why no server takes connections, though none is full.
    """
    impeded = [member for member in facts.members if member.impeded and member.state is not State.STOPPED]
    if impeded:
        reasons = "; ".join(f"{member.userid} is {member.impeded}" for member in impeded)
        return said("SSLP460E", reasons=reasons, clients=facts.clients)
    return said("SSLP457W", servers=listed(member.userid for member in facts.members), clients=facts.clients)


def portVerdicts(facts: PoolFacts, ports: Sequence[PortFacts]) -> list[Verdict]:
    """
    Return whether new clients are served, for each of C{ports}.
    """
    pool = ofPool(facts)
    return [_ofPort(port, pool, facts) for port in ports]


def _ofPort(port: PortFacts, pool: Verdict | None, facts: PoolFacts) -> Verdict:
    if port.problem is not None:
        return Verdict(False, port.problem)
    if pool is None and not port.listening:
        return Verdict(False, said("SSLP463W", local=port.local))
    return pool or _served(facts)


def _served(facts: PoolFacts) -> Verdict:
    return Verdict(True, said("SSLP455I", active=facts.active, servers=len(facts.members)))


def verdictOn(facts: PoolFacts, ports: Sequence[PortFacts]) -> Verdict:
    """
    Return whether a new client is served on any of C{ports}.
    """
    if not ports:
        return Verdict(False, said("SSLP462W"))
    verdicts, pool = portVerdicts(facts, ports), ofPool(facts)
    refused = [each.said for each in verdicts if not each.serving]
    if len(refused) == len(ports):
        return Verdict(False, pool.said if pool and not pool.serving else _all(refused))
    if refused:
        served = {port.entry for port, each in zip(ports, verdicts, strict=True) if each.serving}
        return Verdict(True, _some(len(served), len({port.entry for port in ports}), _listed(refused)))
    return pool or _served(facts)


def _some(served: int, ports: int, reasons: str) -> Said:
    """
    Return the message that clients are not served everywhere; numbers are those of PORT entries.
    """
    if served == ports:
        return said("SSLP474W", reasons=reasons)
    return said("SSLP466W", open=served, ports=ports, reasons=reasons)


def _all(messages: Iterable[Said]) -> Said:
    """
    Return why no port is served: the message that all have, or one that names each.
    """
    different = list(dict.fromkeys(messages))
    return different[0] if len(different) == 1 else said("SSLP461E", reasons=_listed(different))


def _listed(messages: Iterable[Said]) -> str:
    # Once for what IPv4 and IPv6 have in common.
    return "; ".join(str(each) for each in dict.fromkeys(messages))
