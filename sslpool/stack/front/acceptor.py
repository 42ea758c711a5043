# -*- test-case-name: tests.stack.front.test_acceptor -*-
"""
The acceptor: takes connections from the listening sockets and gives each to a
member of the pool.  Lives in the stack process.

No transport is built for a socket that is given away.  Where there is no room, the listening sockets are not read and
connections wait in the kernel's backlog; the servers then wake the stack when a session ends.  When the pool has been
full for WAIT seconds, what has waited that long is closed.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.interfaces import Arrival, IAcceptor, IChosen, IRouter, IStackReactor
from sslpool.messages import Said, said
from sslpool.messages.announce import announceFault, announceSaid
from sslpool.pool.serving import crowding
from sslpool.stack.front.admission import Admission
from sslpool.stack.front.listener import Listener, age
from sslpool.wire.segment import Segment

BATCH = 64
"""
The most connections that are accepted before the reactor gets its turn again.
"""

LOOK = 0.1
"""
How often, in seconds, the counters are looked at while connections wait for room or duplicates are held.  Servers wake
the stack sooner; this is for what nobody tells.
"""

MOST_WAITING = 256
"""
The most connections that are taken out of the backlog while they may still wait: each
has a descriptor here, which others need.
"""

MESSAGE_INTERVAL = 60.0
"""
The least time between two messages about the same shortage, in seconds.
"""

_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@implementer(IAcceptor)
@define(eq=False, slots=False)
class Acceptor(Service):
    """
    Accepts and routes.

    @ivar admission: who is let in.
    @ivar expired: connections that were closed because no room was found in time.
    @ivar _reactor: watches the listening sockets.
    @ivar _segment: the shared segment, where the servers see that room is awaited.
    @ivar _router: the pool.
    @ivar _farewell: returns what a client is told for whom there is no room, for the key of its port.
    """

    _reactor: IStackReactor
    _segment: Segment
    _router: IRouter
    admission: Admission
    _farewell: Callable[[int], bytes]
    _listeners: dict[int, Listener] = field(factory=dict, init=False)
    _waiting: deque[Arrival] = field(factory=deque, init=False)
    _number: int = field(default=0, init=False)
    _reading: bool = field(default=False, init=False)
    _fullSince: float | None = field(default=None, init=False)
    _looking: IDelayedCall | None = field(default=None, init=False)
    _shortage: float = field(default=0.0, init=False)
    _again: float = field(default=0.0, init=False)
    _said: dict[str, float] = field(factory=dict, init=False)
    expired: int = field(default=0, init=False)
    log = Logger()

    @property
    def full(self) -> bool:
        """
        Connections wait because no member has room.
        """
        return self._fullSince is not None

    @property
    def waiting(self) -> int:
        """
        How many connections wait here for room, besides those in the kernel's backlog.
        """
        return len(self._waiting)

    @property
    def shut(self) -> Said | None:
        """
        The message why no connection is let in now that is not exempt, or C{None}.
        """
        return self.admission.shut(len(self._waiting))

    # The service's life

    def startService(self) -> None:
        """
        Begin to accept.
        """
        super().startService()
        self._read()

    def stopService(self) -> None:
        """
        Close the listening sockets, and what is still waiting.
        """
        super().stopService()
        self._unread()
        self.admission.stop()
        if self._looking is not None and self._looking.active():
            self._looking.cancel()
        for listener in self._listeners.values():
            listener.socket.close()
        self._listeners.clear()
        while self._waiting:
            arrival = self._waiting.popleft()
            arrival.refuse(self._farewell(arrival.port))

    def listen(self, port: int, listening: socket.socket) -> None:
        """
        Accept connections for the secure port with this key.
        """
        listener = Listener(port, listening, self._accept)
        self._listeners[port] = listener
        if self._reading:
            self._reactor.addReader(listener)

    def unlisten(self, port: int) -> None:
        """
        Accept no more connections for the secure port with this key; those that
        are waiting for it in the kernel's backlog are closed with the socket.
        """
        listener = self._listeners.pop(port, None)
        if listener is not None:
            if self._reading:
                self._reactor.removeReader(listener)
            listener.socket.close()

    # Accepting

    def _accept(self, listener: Listener) -> None:
        router, admission = self._router, self.admission
        # One at a time where there may be few more, so that every port gets its share.
        for _ in range(BATCH if not admission.rate or admission.level() > BATCH else 1):
            member = router.choose()
            if member is None:
                self._pause()
                return
            if admission.rate and admission.level() < 1:
                self._throttle(listener)
                return
            try:
                client, address = listener.accept()
            except BlockingIOError:
                listener.behind = False
                return
            except OSError as error:
                if error.errno in _SHORTAGES:
                    self._shortOf(error)
                    return
                continue  # the client has gone again before we came to it
            self._shortage = 0.0
            self._number += 1
            arrival = Arrival(self._number, client, listener.port, address[0], address[1], 0.0)
            if admission.on:
                waited = age(client) if listener.behind else 0.0
                if not admission.admits(arrival, len(self._waiting), waited):
                    continue
            if not self._route(arrival, member):
                self._wait(arrival)
                return

    def _throttle(self, listener: Listener) -> None:
        """
        HANDSHAKERATE is reached: leave new connections in the kernel's backlog for a moment,
        and begin with this port then, so that each has its turn.
        """
        self._unread()
        for each in self._listeners.values():
            each.behind = True
        ports = list(self._listeners)
        first = ports.index(listener.port)
        self._listeners = {port: self._listeners[port] for port in (*ports[first:], *ports[:first])}
        self._again = self._reactor.seconds() + LOOK / 2
        self._say(said("SSLP154W", rate=self.admission.rate))
        self._look()

    def _acceptInTurn(self) -> None:
        """
        Let every port have what it may, in whichever order the reactor would.
        """
        for listener in list(self._listeners.values()):
            if self._reading:
                self._accept(listener)

    def take(self, arrival: Arrival) -> None:
        """
        Take a connection that a program hands over, give it its number, and route
        it as an accepted one; L{Arrival.refuse} is called where no room is found in time.
        """
        self._number += 1
        arrival.number = self._number
        if self._waiting or not self._route(arrival, self._router.choose()):
            self._wait(arrival)
            self.roomChanged()

    def _route(self, arrival: Arrival, member: IChosen | None) -> bool:
        """
        Hand a connection to C{member}, or to the next one that takes it; C{False} where none does.
        """
        while member is not None:
            try:
                if member.handoff.hand(arrival):
                    self._router.handed(member.index)
                    self._look()
                    return True
            except OSError:
                # No member could take it, and the others must not wait for it.
                announceFault(self.log, f"connection {arrival.number} was handed over", Failure())
                arrival.refuse(self._farewell(arrival.port))
                return True
            self._router.passOver(member.index)
            member = self._router.choose()
        return False

    def _wait(self, arrival: Arrival) -> None:
        arrival.deadline = self._reactor.seconds() + self._router.limits.wait
        self._waiting.append(arrival)
        self._unread()
        self._look()

    # IAcceptor

    def roomChanged(self) -> None:
        if not self.running:
            return
        self._router.lookAgain()
        while self._waiting:
            if not self._route(self._waiting[0], self._router.choose()):
                # Nobody overtakes those who wait.
                self._pause()
                return
            self._waiting.popleft()
        if not self._reading and self._reactor.seconds() >= self._again:
            if self._router.choose() is None:
                self._pause()
            else:
                self._resume()
                if self.admission.rate:
                    self._acceptInTurn()

    def woken(self, returned: Sequence[Arrival]) -> None:
        self.orphaned(returned)
        self.roomChanged()

    def orphaned(self, arrivals: Sequence[Arrival]) -> None:
        deadline = self._reactor.seconds() + self._router.limits.wait
        for arrival in reversed(arrivals):
            if self.running:
                arrival.deadline = deadline
                self._waiting.appendleft(arrival)
            else:
                arrival.refuse(self._farewell(arrival.port))

    # Full and not full

    def _pause(self) -> None:
        """
        There is no room: leave new connections in the kernel's backlog.
        """
        self._unread()
        self._router.prompt()
        if self._fullSince is None:
            self._fullSince = self._reactor.seconds()
            self._segment.waiting = True
            crowded = crowding(self._router.room, self._router.sessions, self._router.limits)
            if crowded is not None:
                self._say(crowded)
            if self._router.choose() is not None:
                # A session ended before its server could see that we wait.
                self._reactor.callLater(0, self.roomChanged)
        self._look()

    def _resume(self) -> None:
        self._fullSince = None
        self._segment.waiting = False
        self._read()

    def _read(self) -> None:
        if not self._reading and self.running:
            self._reading = True
            for listener in self._listeners.values():
                self._reactor.addReader(listener)

    def _unread(self) -> None:
        if self._reading:
            self._reading = False
            for listener in self._listeners.values():
                self._reactor.removeReader(listener)

    def _shortOf(self, error: OSError) -> None:
        """
        No descriptor or memory is left for another connection: try again later.
        """
        self._shortage = min(2.0, self._shortage * 2 or LOOK)
        self._again = self._reactor.seconds() + self._shortage
        self._unread()
        self._say(said("SSLP109E", reason=error.strerror))
        self._look()

    def _say(self, message: Said) -> None:
        now = self._reactor.seconds()
        if now >= self._said.get(message.id, now):
            self._said[message.id] = now + MESSAGE_INTERVAL
            announceSaid(self.log, message)

    # Looking at the counters

    def _look(self) -> None:
        if self._looking is None and self.running:
            self._looking = self._reactor.callLater(LOOK, self._looked)

    def _looked(self) -> None:
        self._looking = None
        returned = [arrival for handoff in self._router.handoffs for arrival in handoff.release()]
        if returned or not self._reading:
            self.woken(returned)
        else:
            self._router.lookAgain()
        self._expire()
        if not self._reading or any(handoff.holding for handoff in self._router.handoffs):
            self._look()

    def _expire(self) -> None:
        """
        Close what has waited for longer than WAIT.
        """
        now = self._reactor.seconds()
        limit = self._router.limits.wait
        if self._fullSince is not None and now - self._fullSince >= limit:
            self._waiting.extend(self._fromBacklog(now, limit))
        late = [arrival for arrival in self._waiting if arrival.deadline <= now]
        for arrival in late:
            self._waiting.remove(arrival)
            arrival.refuse(self._farewell(arrival.port))
        if late:
            self.expired += len(late)
            self._say(said("SSLP115W", count=self.expired, seconds=limit))

    def _fromBacklog(self, now: float, limit: float) -> Iterator[Arrival]:
        """
        Take connections out of the kernel's backlog, each with the time that it may still wait.
        """
        for listener in self._listeners.values():
            for _ in range(BATCH):
                if len(self._waiting) >= MOST_WAITING:
                    return
                try:
                    client, address = listener.accept()
                except OSError:
                    break
                self._number += 1
                deadline = now + limit - age(client)
                arrival = Arrival(self._number, client, listener.port, address[0], address[1], deadline)
                if not self.admission.on or self.admission.admits(arrival, len(self._waiting)):
                    yield arrival
