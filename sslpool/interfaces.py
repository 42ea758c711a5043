"""
The seams between the roles: what each may ask of another without importing it.

The roles meet in L{sslpool.tap} (stack process) and L{sslpool.ssldcssm} (agent
and server processes), which hand the real objects to those who need them.
"""

from __future__ import annotations

from collections.abc import Sequence
from socket import socket

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFDSet,
    IReactorProcess,
    IReactorSocket,
    IReactorTime,
    IReactorUNIX,
)
from zope.interface import Attribute, Interface

from sslpool.config.configuration import Configuration
from sslpool.pool.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.reports.records import ListenerRecord, PoolStatus, ServerDetails, SessionRecord


class IControlReactor(IReactorUNIX, IReactorTime):
    """
    What the control socket wants of a reactor: UNIX sockets and time.  Stack and commands.
    """


class IStackReactor(IControlReactor, IReactorCore, IReactorFDSet, IReactorProcess, IReactorSocket):
    """
    What the stack wants of a reactor.
    """


@define(eq=False)
class Arrival:
    """
    A connection that the stack has accepted.

    @ivar number: the connection number.
    @ivar client: the accepted socket.
    @ivar port: the key of the secure port.
    @ivar host: the client's numeric address.
    @ivar hostPort: the client's port.
    @ivar deadline: how long it may wait for room, by the stack's clock.
    """

    number: int
    client: socket
    port: int
    host: str
    hostPort: int
    deadline: float


class IPoolAdministration(Interface):
    """
    What SSLADMIN and NETSTAT may ask of the running stack.  Lives in the stack
    process.  C{server} is a member's userid in upper case, or C{None} for all;
    what the operator can put right is raised as
    L{sslpool.messages.OperatorError}.
    """

    def status() -> PoolStatus:
        """
        Return pool and members as they are now.
        """

    def listeners() -> Sequence[ListenerRecord]:
        """
        Return the secure ports on which the stack listens.
        """

    async def details(server: str | None) -> list[ServerDetails | str]:
        """
        Ask the servers about themselves.  A server that cannot answer is a
        string: the message that says why (C{DTCSSL2421E ...}).
        """

    async def sessions(server: str | None, after: int, limit: int) -> list[SessionRecord]:
        """
        Return at most C{limit} sessions whose number is greater than C{after},
        in the order of their numbers.
        """

    async def start(server: str | None) -> list[str]:
        """
        Start members that are Eligible or Stopped.  Return a message for each, and L{IReconfiguration.pending}.
        """

    async def stop(server: str | None, now: bool) -> list[str]:
        """
        Stop members: no new sessions at once; running ones may finish within
        the quiesce time, or are closed immediately where C{now}.  Return a
        message for each as soon as it is Stopped.
        """

    async def restart(server: str | None) -> list[str]:
        """
        Quiesce and start again, one server after another.  Return a message for
        each, and L{IReconfiguration.pending}; the work goes on after that.
        """

    async def refresh(server: str | None) -> list[str]:
        """
        Have servers read the key database again.  No session is touched, and
        where the database cannot be read the labels in use stay.  Return a
        message for each server.
        """

    async def obey(name: str, text: str, test: bool) -> list[str]:
        """
        Change the running configuration by statements of PROFILE TCPIP: all of
        them, or none where any is wrong.

        @param name: what findings name as their file.
        @param text: the statements.
        @param test: change nothing, only say what would be changed.
        @return: a message for each change.
        """


class IPreparation(Interface):
    """
    A change that has been prepared, so that nothing can go wrong any more.
    """

    def commit() -> None:
        """
        Make the change.
        """

    def discard() -> None:
        """
        Leave everything as it was.
        """


class IReconfigurable(Interface):
    """
    Who takes changes to the configuration of the running stack.
    """

    def prepare(configuration: Configuration) -> IPreparation:
        """
        Prepare for C{configuration}.

        @raise sslpool.messages.OperatorError: it cannot be followed.
        """


class IReconfiguration(Interface):
    """
    Who changes the configuration of the running stack.  Lives in the stack process.
    """

    async def obey(name: str, text: str, test: bool) -> list[str]:
        """
        See L{IPoolAdministration.obey}.
        """

    def pending() -> list[str]:
        """
        Return a message for each change in the files that only a new start of
        the stack can follow.
        """


class IServer(Interface):
    """
    What the stack may ask of a server.  Lives in the server process; the stack
    holds the far end of it, L{IServerLink}.
    """

    def assign(assignment: Assignment) -> None:
        """
        Take name, key database and time limits.

        @raise sslpool.messages.OperatorError: the key database cannot be used.
        """

    def setLimits(limits: TimeLimits) -> None:
        """
        Take other time limits; they apply to running sessions as well.
        """

    def setPort(port: PortAssignment) -> None:
        """
        Take a secure port, new or changed.  Running sessions keep it as it was.
        """

    def serve() -> None:
        """
        Take connections from now on.
        """

    def readLabels() -> int:
        """
        Read the key database, swap all labels at once, and return how many
        there are.  No session is touched.

        @raise sslpool.messages.OperatorError: it cannot be read; the labels in
            use stay.
        """

    def quiesce(seconds: int) -> None:
        """
        Nothing new is coming: end the process when no session is left.  Those
        still there after C{seconds} are closed with close_notify.
        """

    def details() -> ServerDetails:
        """
        Say what is known of this server.
        """

    def sessions(after: int, limit: int) -> list[SessionRecord]:
        """
        Return at most C{limit} sessions whose number is greater than C{after},
        in the order of their numbers.
        """


class IServerLink(Interface):
    """
    The stack's end of the control connection to one server process.  Every
    method may raise L{ConnectionError} where the server has gone or does not
    answer in time, and L{sslpool.messages.OperatorError} as L{IServer} does.
    """

    async def begin(assignment: Assignment, ports: Sequence[PortAssignment]) -> None:
        """
        Tell the server what to be; done when it serves.
        """

    def setLimits(limits: TimeLimits) -> None:
        """
        See L{IServer.setLimits}.
        """

    def setPort(port: PortAssignment) -> None:
        """
        See L{IServer.setPort}.
        """

    async def readLabels() -> int:
        """
        See L{IServer.readLabels}.
        """

    def quiesce(seconds: int) -> None:
        """
        See L{IServer.quiesce}.
        """

    async def details() -> ServerDetails:
        """
        See L{IServer.details}.
        """

    async def sessions(after: int, limit: int) -> list[SessionRecord]:
        """
        See L{IServer.sessions}.
        """

    def close() -> None:
        """
        Let go of the connection; the server then ends by itself.
        """


class IStarter(Interface):
    """
    Who makes server processes: in the product the agent, which forks them.
    Lives in the stack process.
    """

    def whenReady() -> Deferred[None]:
        """
        Return what fires when a server can be made without waiting for anything.
        """

    def launch(member: int, handoff: socket, control: socket) -> int:
        """
        Make a server for the member with this index (0 is the first), as soon as
        that can be done.  Both sockets are the starter's from now on, which
        gives them to the server.

        @return: the number by which L{IStarterClient} hears what becomes of it.
        """

    def tells(launch: int) -> bool:
        """
        Tell whether somebody will still say how this launch ends: it waits for an
        agent, or is with one that has not died.
        """


class IStarterClient(Interface):
    """
    Who hears from an L{IStarter}: the pool.
    """

    def launched(launch: int, pid: int) -> None:
        """
        The process exists.
        """

    def ended(launch: int, reason: str) -> None:
        """
        The process has ended, or could not be made; C{reason} says how, as an
        operator would say it.
        """

    def agentEnded() -> None:
        """
        The agent has died: from now on nobody says how its servers end.
        """


class IHandoff(Interface):
    """
    The way on which sockets go to one member's process.  Lives in the stack process.
    """

    holding = Attribute("There are duplicates of sockets that the server has not yet read from.")

    def hand(arrival: Arrival) -> bool:
        """
        Send a connection to the server; C{False} where that is not possible at
        the moment.  The caller has made sure that the member has room.
        """

    def release() -> None:
        """
        Let go of the duplicates that the server has read from.
        """

    def begin(pair: socket) -> None:
        """
        A process is being made; C{pair} is the stack's half of the socket pair.
        """

    def end() -> list[Arrival]:
        """
        The process has ended.  Return the connections whose first octets it had not read.
        """


class IRoom(Interface):
    """
    Who waits for room in the pool: the acceptor.  Lives in the stack process.
    """

    def roomChanged() -> None:
        """
        A member has become active or has ended, or a limit has changed.
        """

    def orphaned(arrivals: Sequence[Arrival]) -> None:
        """
        These connections were handed to a process that ended before it read
        from them; they go to other members, before any other connection.
        """


class IChosen(Interface):
    """
    A member of the pool as the acceptor sees it.
    """

    index = Attribute("Its index; 0 is the first.")
    handoff = Attribute("Its L{IHandoff}.")


class IRouter(Interface):
    """
    The pool as the acceptor sees it.  Lives in the stack process.
    """

    limits = Attribute("The limits in force.")
    sessions = Attribute("Sessions that count against MAXSESSIONS.")
    handoffs = Attribute("The L{IHandoff} of every member.")
    exhausted = Attribute("There is no room, and no member that could be activated to make some.")

    def choose() -> IChosen | None:
        """
        Return the member that takes the next connection.
        """

    def handed(index: int) -> None:
        """
        The member with this index has been handed a connection.
        """

    def prompt() -> None:
        """
        Activate a member, if that is called for.
        """
