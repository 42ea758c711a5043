"""
What the stack may ask of a server, and who makes servers.  Stack and server processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from socket import socket

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.wire.member import ServerWords
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord


class IServer(Interface):
    """
    What the stack may ask of a server.  Lives in the server process; the stack holds the far end of it, L{IServerLink}.
    """

    userid = Attribute("Its userid; empty before L{assign}.")

    def assign(assignment: Assignment) -> LabelsRead:
        """
        Take name, key database and time limits.

        @return: the labels that it serves; where it cannot read the key database, those that were accepted last.
        @raise sslpool.messages.OperatorError: it cannot read it, and none was accepted before.
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

    def setTrace(words: Sequence[str]) -> None:
        """
        Trace what the operands of TRACE say, and nothing else; without any, nothing.
        """

    def setKeyLog(selector: str, seconds: int) -> None:
        """
        Log the secrets of connections that begin from now on and are selected, for so many seconds; 0 is not any more.
        """

    def prepareLabels() -> LabelsRead:
        """
        Read and check the key database and build all labels aside; one that cannot
        be used is kept as it is in use.  The labels in use stay.

        @raise sslpool.messages.OperatorError: it cannot be read.
        """

    def switchLabels(digest: str) -> None:
        """
        Take the labels that were prepared, all at once.  No session is touched.

        @param digest: that of L{LabelsRead}.
        @raise sslpool.messages.OperatorError: others have been prepared, or none.
        """

    def discardLabels() -> None:
        """
        Forget the labels that were prepared; those in use stay.
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
        Return at most C{limit} sessions whose number is greater than C{after}, in the order of their numbers.
        """


class NoAnswer(ConnectionError):
    """
    The server is there, and does not answer in time.
    """


class IServerLink(ServerWords):
    """
    The stack's end of the control connection to one server process, with a method for each word.  Every
    method may raise C{ConnectionError} where the server has gone, L{NoAnswer} where it does
    not answer in time, and L{sslpool.messages.OperatorError} as L{IServer} does.
    """

    async def begin(self, assignment: Assignment, ports: Sequence[PortAssignment]) -> LabelsRead:
        """
        Tell the server what to be; done when it serves.

        @return: the labels that it serves.
        """
        raise NotImplementedError

    def close(self) -> None:
        """
        Let go of the connection; the server then ends by itself.
        """
        raise NotImplementedError


class IPool(Interface):
    """
    The pool, for those who ask who belongs to it.  Lives in the stack process.
    """

    def userids() -> list[str]:
        """
        Return the userids of the servers.
        """

    def pids() -> list[int]:
        """
        Return the process ids that are known: of the agent, and of servers, those that quiesce and successors included.
        """


class IPorts(Interface):
    """
    The secure ports, as the pool needs them.  Lives in the stack process.
    """

    def assignments() -> list[PortAssignment]:
        """
        Return what servers are told of the ports as they are now.
        """

    def learn(userid: str, read: LabelsRead) -> None:
        """
        A server has begun.

        @param userid: its userid.
        @param read: the labels that it serves.
        """

    def serve() -> None:
        """
        The first server is Active: let clients in.
        """


class IStarter(Interface):
    """
    Who makes server processes: in the product the agent, which forks them.  Lives in the stack process.
    """

    agents = Attribute("All agents that are there; each has a C{pid}.")

    def whenReady() -> Deferred[None]:
        """
        Return what fires when a server can be made without waiting for anything.
        """

    def launch(seat: int, handoff: socket, control: socket) -> int:
        """
        Make a server that has the seat with this number, as soon as that can be done.  Both sockets are the starter's
        from now on, which gives them to the server.

        @return: the number by which L{IStarterClient} hears what becomes of it.
        """

    def tells(launch: int) -> bool:
        """
        Tell whether somebody will still say how this launch ends: it waits for an
        agent, or is with one that has not died.
        """

    def kill(launch: int, pid: int) -> None:
        """
        End a server's process at once, if it is still there.

        @param pid: its process id, as L{IStarterClient.launched} has said.
        """

    def renew() -> Deferred[None]:
        """
        Have servers made with ticket keys that no process has had.  Those that are there go on.

        @return: what fires when servers that are launched from now on have these, or fails with
            L{sslpool.messages.OperatorError} where that cannot be.
        @raise sslpool.messages.OperatorError: likewise, at once.
        """

    def isCurrent(launch: int) -> bool:
        """
        Tell whether the server of this launch has the ticket keys that servers are made with now.
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
        The process has ended, or could not be made; C{reason} says how, as an operator would say it.
        """

    def agentEnded() -> None:
        """
        The agent has died: from now on nobody says how its servers end.
        """
