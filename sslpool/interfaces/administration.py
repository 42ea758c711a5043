"""
What operators may ask of the running stack, and who changes its configuration.  Stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen
from zope.interface import Attribute, Interface

from sslpool.config.configuration import Configuration
from sslpool.messages import Said
from sslpool.pool.serving import PortFacts
from sslpool.wire.cachestatus import CacheStatus
from sslpool.wire.history import AcceptedRecord
from sslpool.wire.records import ListenerRecord, PoolStatus, ServerDetails, ServingStatus, SessionRecord, TraceStatus


class IPoolAdministration(Interface):
    """
    What SSLADMIN and NETSTAT may ask of the running stack.  Lives in the stack process.  C{server} is a member's userid
    in upper case, or C{None} for all; what the operator can put right is raised as L{sslpool.messages.OperatorError}.
    """

    def status() -> PoolStatus:
        """
        Return pool and members as they are now.
        """

    async def latest() -> PoolStatus:
        """
        As L{status}, after looking whether applications that could not be reached can be reached again.
        """

    async def serving(port: int | None) -> ServingStatus:
        """
        Return whether a new client is served, on the secure ports with this number, or (C{None}) on any.
        The applications are connected to for that.

        @raise sslpool.messages.OperatorError: SSLP467E, there is no such port.
        """

    def listeners() -> Sequence[ListenerRecord]:
        """
        Return the secure ports, also those on which the stack cannot listen.
        """

    async def details(server: str | None) -> list[ServerDetails | Said]:
        """
        Ask the servers about themselves.  A server that cannot answer is a
        string: the message that says why (C{DTCSSL2421E ...}).
        """

    async def sessions(server: str | None, after: int, limit: int) -> list[SessionRecord]:
        """
        Return at most C{limit} sessions whose number is greater than C{after}, in the order of their numbers.

        @raise sslpool.messages.OperatorError: a server does not answer, or met a fault (C{DTCSSL2421E ...}).
        """

    async def start(server: str | None) -> list[Said]:
        """
        Start members that are Eligible or Stopped.  Return a message for each, and L{IReconfiguration.pending}.
        """

    async def stop(server: str | None, now: bool) -> list[Said]:
        """
        Stop members: no new sessions at once; running ones may finish within the quiesce time, or are closed
        immediately where C{now}.  Return a message for each as soon as it is Stopped.
        """

    async def restart(server: str | None) -> list[Said]:
        """
        Replace the processes of servers, one server after another: the present one quiesces when the new one serves.
        Return a message for each, and L{IReconfiguration.pending}; the work goes on after that.
        """

    async def refresh(server: str | None) -> list[Said]:
        """
        Have servers read the key database again: all that answer take it, and a label that cannot be used stays as it
        was.  No session is touched.  Return the messages about it.
        """

    def cache(server: str | None) -> CacheStatus:
        """
        Return the books of the session cache, and the segment they are in.  No server is asked.
        """

    async def refreshKeys(now: bool) -> list[Said]:
        """
        Have all servers take another ticket key; where C{now}, one that no process has had,
        for which agent and servers are replaced.  Return the messages about it.
        """

    async def system(server: str | None, query: str) -> list[str]:
        """
        Answer one of the queries of SYSTEM (L{sslpool.reports.cp}) about a server, or about all that are Active.
        """

    async def trace(server: str | None, words: Sequence[str], asker: str, owner: bool) -> list[Said]:
        """
        Trace what the words behind TRACE ask for, in servers that run and in those
        that are started later; or log keys.  Return a message for each server.

        @param asker: who asks.
        @param owner: he is the user who runs the stack.
        """

    async def endTrace(server: str | None) -> list[Said]:
        """
        End all traces.  Return a message for each server.
        """

    def traces(server: str | None) -> list[TraceStatus]:
        """
        Return what servers trace.
        """

    async def closeConsole(server: str | None) -> list[Said]:
        """
        Close consoles and deliver them: that of a server, of the agent or of the stack, or of all.
        Return a message for each.
        """

    def readConsole(userid: str, offset: int) -> str:
        """
        Return a part of the console that was closed last, of a server, of the agent or of the stack.

        @param offset: how many octets of it are not wanted any more.
        @return: whole lines; empty at the end.
        """

    async def obey(name: str, text: str, test: bool, by: str = "") -> list[Said]:
        """
        Change the running configuration by statements of PROFILE TCPIP: all of them, or none where any is wrong.

        @param name: what findings name as their file.
        @param text: the statements.
        @param test: change nothing, only say what would be changed.
        @param by: the user ID who asks for it, for the history.
        @return: a message for each change.
        """

    def history(number: int | None) -> list[AcceptedRecord]:
        """
        Return the configurations that were accepted last, the oldest first and without their texts; or the one
        with this number, with them.

        @raise sslpool.messages.OperatorError: there is no such configuration, or there are no files.
        """

    async def rollback(number: int | None, test: bool, by: str) -> list[Said]:
        """
        Make the running stack follow an earlier configuration, as L{obey} follows statements.  No file is written.

        @param number: its number; C{None} is the one before the one in effect.
        @return: a message for each change, and what the files say.
        """


class IProspects(Interface):
    """
    What new clients meet before a server has them: ports and applications.  Lives in the stack process.
    """

    shortage = Attribute("Why the stack cannot accept connections now, or empty.")

    def ports() -> Sequence[PortFacts]:
        """
        Return what is known of the secure ports.
        """

    async def look(suspects: bool = False, port: int | None = None) -> None:
        """
        See whether the applications behind the ports with this number, or (C{None}) behind all, can be reached.

        @param suspects: only those which could not when that was known last.
        """


class IKeyFile(Interface):
    """
    The file of a key log; one at a time.  Lives in the stack process.
    """

    def open(name: str, anywhere: bool) -> str:
        """
        Make a file that did not exist, for its owner only, and return its path.

        @param anywhere: it may be an absolute path, not a mere name.
        @raise sslpool.messages.OperatorError: it cannot be made.
        """

    def write(line: str) -> None:
        """
        Write a line, where a file is open.
        """

    def reopen() -> None:
        """
        Make the file again, where one is open and somebody has moved or removed it.
        """

    def close() -> int:
        """
        Close the file; return how many lines were written.
        """


class IConsoles(Interface):
    """
    The consoles of the stack, of its agent and of its servers.  Lives in the stack process.
    """

    def deliver(userid: str) -> tuple[str, int] | None:
        """
        Close the console of a server or of the stack; return where it is now and how
        many lines were written since the last time; C{None} where there were none.

        @raise sslpool.messages.OperatorError: it cannot be delivered, or is gone with its lines (SSLP189E).
        """

    def last(userid: str) -> str:
        """
        Return where the console is that was closed last; empty where none was, or it is gone.
        """

    def read(userid: str, offset: int) -> str:
        """
        See L{IPoolAdministration.readConsole}.
        """


@frozen
class Preparation:
    """
    A change that has been prepared, so that nothing can go wrong any more.

    @ivar commit: makes the change.
    @ivar discard: leaves everything as it was.
    @ivar notes: what is to be said about the change.
    @ivar earlier: the errors that were there before, and that the change leaves as they are.
    """

    commit: Callable[[], object]
    discard: Callable[[], object] = tuple
    notes: tuple[Said, ...] = ()
    earlier: tuple[Said, ...] = ()


class IReconfigurable(Interface):
    """
    Who takes changes to the configuration of the running stack.
    """

    def prepare(configuration: Configuration) -> Preparation:
        """
        Prepare for C{configuration}.

        @raise sslpool.messages.OperatorError: it cannot be followed.
        """


class IReloadable(Interface):
    """
    Who reads again what it knows when servers have taken the key database.  Stack process.
    """

    def reload() -> list[Said]:
        """
        Do so; return the messages about it.
        """


class IReconfiguration(Interface):
    """
    Who changes the configuration of the running stack.  Lives in the stack process.
    """

    later = Attribute("What L{pending} was when the files were read last.")

    async def obey(name: str, text: str, test: bool, by: str = "") -> list[Said]:
        """
        See L{IPoolAdministration.obey}.
        """

    def pending() -> list[Said]:
        """
        Return a message for each change in the files that only a new start of the stack can follow.
        """


class IRollback(Interface):
    """
    Who knows the configurations that were accepted, and the way back to them.  Lives in the stack process.
    """

    def history(number: int | None) -> list[AcceptedRecord]:
        """
        See L{IPoolAdministration.history}.
        """

    async def rollback(number: int | None, test: bool, by: str) -> list[Said]:
        """
        See L{IPoolAdministration.rollback}.
        """
