"""
The stack's roles and several servers in one process, on one clock: real
sockets, a shared segment of this process, no TLS and no other process.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import cast

from attrs import define, evolve

from sslpool.composition.parts import makers
from sslpool.config.limits import Limits
from sslpool.interfaces import IStackReactor
from sslpool.manager.census import Census
from sslpool.manager.keylogging import KeyLogs
from sslpool.manager.liveness import Liveness
from sslpool.manager.pool import Pool
from sslpool.manager.rekeying import ENDLESS
from sslpool.manager.traces import Traces
from sslpool.messages import operatorError
from sslpool.observe.keylog import KeyFile
from sslpool.pool.states import Event, State
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.admission import Admission
from sslpool.stack.front.listeningsockets import listeningSocket
from sslpool.wire.offer import peerText
from tests.doubles.administration import sessionRecord
from tests.doubles.reactor import FakeReactor
from tests.doubles.room import newSegment
from tests.doubles.servers import STEP, FakeServer, FakeStarter
from tests.neighbours import FakeAgent, FakePorts
from tests.takers import ServerStub

SLOTS = 8
PORT = 1
GREETING = struct.Struct("!I")
SERVED = b"served"
FOREVER = 10**9


@define(eq=False)
class Client:
    """
    A client.

    @ivar connection: its socket.
    @ivar read: a server has read from it: from then on only that one can serve it.
    @ivar gone: it has hung up.
    """

    connection: socket.socket
    read: bool = False
    gone: bool = False

    def answer(self) -> bytes | None:
        """
        Return what came before the connection was closed, or C{None} while it is open.
        """
        self.connection.setblocking(False)
        try:
            got = self.connection.recv(64)
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""
        return got


class World:
    """
    Everything.

    @ivar clients: the clients, in the order in which they connected.
    @ivar obeyed: FOREIGNIPCONLIMIT has been changed, so that some may not be counted.
    """

    def __init__(self, size: int, limits: Limits) -> None:
        self.limits = limits
        self.obeyed = False
        self.reactor = FakeReactor()
        self.segment = newSegment(SLOTS)
        self.takers: dict[FakeServer, ServerStub] = {}
        self.starter = FakeStarter(self.reactor, self._made)
        reactor = cast(IStackReactor, self.reactor)
        seats, makeMember = makers(reactor, self.segment)
        self.pool = Pool(
            self.reactor,
            [makeMember(index, f"SSL{index + 1:05}") for index in range(size)],
            self.starter,
            self.starter.makeLink,
            limits,
            "",
            seats,
            Traces(),
            KeyLogs(self.reactor, KeyFile(".")),
        )
        router = self.pool.router
        # The clients here, which have addresses of this machine, are counted.
        admission = Admission(self.reactor, router, dict, Census(self.pool).begin, own=())
        admission.follow(limits)
        self.acceptor = Acceptor(reactor, self.segment, router, admission, lambda port: b"")
        self.pool.wire(self.acceptor, FakePorts())
        self.starter.wire(self.pool.processes)
        self.clients: list[Client] = []
        self.liveness = Liveness(self.reactor, self.pool, FakeAgent(pid=0))
        self.listening = listeningSocket("127.0.0.1", 0)
        self.address = self.listening.getsockname()
        self.pool.startService()
        self.liveness.startService()
        self.acceptor.startService()
        self.acceptor.listen(PORT, self.listening)

    # The servers

    def _made(self, server: FakeServer) -> None:
        self.takers[server] = ServerStub(server.handoff, self.segment, self.segment.region(server.seat))

    def running(self, choice: int) -> tuple[FakeServer, ServerStub] | None:
        """
        Return one of the running servers.
        """
        running = [server for server in self.starter.running if not server.hangs]
        if not running:
            return None
        server = running[choice % len(running)]
        return server, self.takers[server]

    def hang(self, choice: int) -> None:
        """
        Stop a server; it does nothing until it goes on.
        """
        found = self.running(choice)
        if found is not None:
            found[0].hangs = True

    def goOn(self, choice: int) -> None:
        """
        Let a server that was stopped go on.
        """
        hanging = [server for server in self.starter.running if server.hangs]
        if hanging:
            hanging[choice % len(hanging)].goOn()

    def take(self, choice: int) -> None:
        """
        Let a server take what it has been handed.
        """
        found = self.running(choice)
        if found is not None and found[0].link.begun is not None and found[0].link.begun.called:
            found[1].take()

    def read(self, choice: int) -> None:
        """
        Let a server read from one of its connections.
        """
        for server in self.starter.running:
            taker = self.takers[server]
            if server.hangs:
                continue
            unread = [number for number in taker.offers if taker.region.taken(taker.offers[number].slot) != number]
            if unread:
                self._read(taker, unread[choice % len(unread)])
                return

    def _read(self, taker: ServerStub, number: int) -> None:
        with suppress(ConnectionError):  # its client has hung up
            greeting = taker.sockets[number].recv(GREETING.size)
            client = self.clients[GREETING.unpack(greeting)[0]]
            assert not client.read, "two servers have read from one connection"
            client.read = True
        taker.read(number)

    def finish(self, choice: int) -> None:
        """
        Let a server serve one of its connections to the end.
        """
        found = self.running(choice)
        if found is None or not found[1].offers:
            return
        taker = found[1]
        numbers = sorted(taker.offers)
        number = numbers[choice % len(numbers)]
        if taker.region.taken(taker.offers[number].slot) != number:
            self._read(taker, number)
        with suppress(OSError):  # its client has hung up
            taker.sockets[number].send(SERVED)
        taker.finish(number)

    def giveBack(self, choice: int) -> None:
        """
        Let a server give back a connection that it has not read from.
        """
        found = self.running(choice)
        if found is None:
            return
        taker = found[1]
        unread = [number for number in taker.offers if taker.region.taken(taker.offers[number].slot) != number]
        if unread:
            taker.giveBack(unread[choice % len(unread)])

    def die(self, choice: int) -> None:
        """
        End a server from one instant to the next.
        """
        found = self.running(choice)
        if found is not None:
            found[0].end()

    # Everybody else

    def connect(self, count: int, host: str = "127.0.0.1") -> None:
        """
        Connect clients; each says who it is.
        """
        for _ in range(count):
            connection = socket.create_connection(self.address, source_address=(host, 0))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.send(GREETING.pack(len(self.clients)))
            self.clients.append(Client(connection))

    def happen(self, event: Event, choice: int) -> None:
        """
        Let an operator do something to a member.
        """
        member = self.pool.members[choice % len(self.pool.members)]
        self.pool.happen(member, event, "an operator wants it so", 2)

    def rekey(self, choice: int) -> None:
        """
        Let a member's process be replaced, and go on until its last session has ended.
        """
        self.pool.happen(self.pool.members[choice % len(self.pool.members)], Event.RESTART, "other keys", ENDLESS)

    def hangUp(self, choice: int) -> None:
        """
        Let a client reset its connection, whoever has it.
        """
        there = [client for client in self.clients if not client.gone]
        if there:
            client = there[choice % len(there)]
            client.gone = True
            client.connection.close()

    def closePort(self) -> None:
        """
        Let an operator close the port and open it again.
        """
        listening = self.listening.dup()
        self.acceptor.unlisten(PORT)
        self.listening = listening
        self.acceptor.listen(PORT, listening)

    def obey(self, foreign: int) -> None:
        """
        Let an operator change FOREIGNIPCONLIMIT, while servers say what they have.
        """
        self.obeyed = True
        for server, taker in self.takers.items():
            server.link.known = [
                evolve(sessionRecord(number), client=peerText(offer.peer))
                for number, offer in sorted(taker.offers.items())
            ]
        self.acceptor.admission.follow(evolve(self.limits, foreign=foreign))

    def refuse(self, choice: int) -> None:
        """
        Let a server that is being begun find that it cannot use the key database.
        """
        found = self.running(choice)
        if found is not None:
            found[0].refusal = operatorError("SSLP130E", label="TEST", reason="no private key")

    def agentDies(self, pause: int) -> None:
        """
        End the agent; the next one is ready after C{pause} tenths of a second.
        """
        self.starter.agentDies(pause / 10)

    def spend(self, steps: int) -> None:
        """
        Let time pass.
        """
        for _ in range(steps):
            for server, taker in self.takers.items():
                if not server.hangs and not server.ended:
                    taker.region.progress += 1
                server.sessions = max(0, taker.region.sessions)
                if server.ended:
                    taker.close()
            self.reactor.advance(STEP)
            self.reactor.turn()
            self.check()

    def check(self) -> None:
        """
        Check what is true at every instant.
        """
        counts = [process.sessions for member in self.pool.members for process in member.processes]
        assert all(0 <= count <= self.limits.maxPerServer for count in counts), counts
        assert sum(counts) <= self.limits.maxSessions, counts
        if self.limits.foreign:
            self.checkCounted(sum(counts))
        seats = [server.seat for server in self.starter.running]
        assert len(seats) == len(set(seats)), "two processes in one seat"

    def checkCounted(self, sessions: int) -> None:
        """
        Check that every connection is counted for its address, and nothing else.
        """
        admission = self.acceptor.admission
        admission._settle()
        counts = [peer.count for peer in admission._peers._known.values()]
        there = sessions + self.acceptor.waiting
        assert all(count >= 0 for count in counts), counts
        # What no server had yet when the limit was set is not counted.
        assert sum(counts) == there or (self.obeyed and sum(counts) < there), (counts, there)

    # The end

    def settle(self) -> None:
        """
        Start what is stopped, and serve until nobody waits any more.
        """
        for member in self.pool.members:
            if member.state is State.STOPPED:
                self.pool.happen(member, Event.START, "an operator wants it so")
        for _ in range(200):
            self.spend(20)
            self.reactor.advance(1)
            for choice in range(len([server for server in self.starter.running if not server.hangs])):
                self.take(choice)
                found = self.running(choice)
                while found is not None and found[1].offers:
                    self.finish(choice)
            if not self.pending():
                return

    def pending(self) -> list[int]:
        """
        Return which clients wait that nobody has read from.
        """
        return [index for index, client in enumerate(self.clients) if not client.read and not client.gone]

    def close(self) -> None:
        """
        End everything as the stack does.
        """
        self.acceptor.stopService()
        self.liveness.stopService()
        stopped = self.pool.stopService()
        for _ in range(100):
            self.spend(10)
            self.reactor.advance(0.5)
            if stopped.called:
                break
        assert stopped.called
        self.spend(5)
        for client in self.clients:
            client.connection.close()
