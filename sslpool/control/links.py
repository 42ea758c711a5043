# -*- test-case-name: tests.control.test_links -*-
"""
Both ends of the control connection between the stack and one server:
L{ServerLink} lives in the stack process, L{ServerResponder} in the server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols import amp
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.control.answers import STRANGE, translated, unlessKnown
from sslpool.control.quiet import QuietAMP, WriteLines
from sslpool.interfaces import IServer, IServerLink
from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.wire import member
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.wire.errors import Refused, description
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord

Result = TypeVar("Result")

READING = 600.0
"""
How long the stack waits for a server that reads the key database, in seconds: its progress is seen elsewhere.
"""

PATIENCE = 20.0
"""
How long the stack waits for a server to do something, in seconds.
"""

ANSWER_PATIENCE = 5.0
"""
How long the stack waits for what a server knows already, in seconds.
"""


class ServerResponder(amp.CommandLocator):
    """
    Answers the stack.  Lives in the server process.

    @param server: what is asked.
    """

    log = Logger()

    def __init__(self, server: IServer) -> None:
        super().__init__()
        self._server = server

    @member.Assign.responder
    def assign(self, assignment: Assignment) -> dict[str, object]:
        return {"read": _orRefused(lambda: self._server.assign(assignment))}

    @member.SetLimits.responder
    def setLimits(self, limits: TimeLimits) -> dict[str, object]:
        self._server.setLimits(limits)
        return {}

    @member.SetPort.responder
    def setPort(self, port: PortAssignment) -> dict[str, object]:
        self._server.setPort(port)
        return {}

    @member.Serve.responder
    def serve(self) -> dict[str, object]:
        self._server.serve()
        return {}

    @member.SetTrace.responder
    def setTrace(self, words: list[str]) -> dict[str, object]:
        self._orFault("a trace was set", lambda: self._server.setTrace(words))
        return {}

    @member.SetKeyLog.responder
    def setKeyLog(self, selector: str, seconds: int) -> dict[str, object]:
        _orRefused(lambda: self._server.setKeyLog(selector, seconds))
        return {}

    @member.PrepareLabels.responder
    def prepareLabels(self) -> dict[str, object]:
        return {"read": _orRefused(lambda: self._orFault("a server read the key database", self._server.prepareLabels))}

    @member.SwitchLabels.responder
    def switchLabels(self, digest: str) -> dict[str, object]:
        _orRefused(lambda: self._server.switchLabels(digest))
        return {}

    @member.DiscardLabels.responder
    def discardLabels(self) -> dict[str, object]:
        self._server.discardLabels()
        return {}

    @member.Quiesce.responder
    def quiesce(self, seconds: int) -> dict[str, object]:
        self._server.quiesce(seconds)
        return {}

    @member.TellDetails.responder
    def details(self) -> dict[str, object]:
        return {"details": self._orFault("a server told its details", self._server.details)}

    @member.TellSessions.responder
    def sessions(self, after: int, limit: int) -> dict[str, object]:
        return {"sessions": self._orFault("a server told its sessions", lambda: self._server.sessions(after, limit))}

    def _orFault(self, activity: str, action: Callable[[], Result]) -> Result:
        """
        Call C{action}; a mistake of ours in it is logged and told, and does not
        end the connection: the server's sessions would end with that.
        """
        try:
            return action()
        except OperatorError:
            raise
        except Exception as error:
            announceFault(self.log, activity, Failure())
            raise Refused(description(said("SSLP198E", activity=activity))) from error


class ServerControl(QuietAMP):
    """
    The server's end of the connection.  Lives in the server process.
    """

    def wire(self, server: IServer, lost: Callable[[], None]) -> None:
        """
        Have the stack talk to C{server}; C{lost} is called once when it has gone.
        """
        verifyObject(IServer, server)
        self._server, self._lost = server, lost
        self.locator = ServerResponder(server)

    def report(self, messageId: str, fields: dict[str, str]) -> None:
        """
        Send an operator message to the stack's log.
        """
        if self.transport is not None:
            self.callRemote(member.Report, messageId=messageId, fields=fields)

    def writeKey(self, line: str) -> None:
        """
        Send a line of a key log.
        """
        if self.transport is not None:
            self.callRemote(member.WriteKeys, line=line)

    def writeConsole(self, times: list[float], lines: list[Said | str]) -> Deferred[object]:
        """
        Send lines to the server's console; the result fires when they have been written.
        """
        if self.transport is None:
            return fail(ConnectionError("Connection lost"))
        fields = {"server": self._server.userid, "times": times, "lines": lines}
        return cast("Deferred[object]", self.callRemote(member.WriteConsole, **fields))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The stack has gone.
        """
        super().connectionLost(reason)
        self._lost()


@implementer(IServerLink)
class ServerLink(QuietAMP):
    """
    The stack's end of the connection.  Lives in the stack process.

    @param reactor: for the time limit of answers.
    @param lost: called once when the server has gone.
    @param console: takes lines of a server's console, and their times.
    @param keys: takes lines of key logs.
    @param hear: takes the messages that a server has for the log.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        lost: Callable[[], None],
        console: WriteLines,
        keys: Callable[[str], None],
        hear: Callable[[Said], None],
    ) -> None:
        super().__init__()
        self._hear = hear
        self._reactor = reactor
        self._lost = lost
        self._console = console
        self._keys = keys

    async def begin(self, assignment: Assignment, ports: Sequence[PortAssignment]) -> LabelsRead:
        assigned = self._askFor(READING, member.Assign, {"assignment": assignment})
        for port in ports:
            self.setPort(port)
        read: LabelsRead = (await assigned)["read"]
        await self._ask(member.Serve)
        return read

    def setLimits(self, limits: TimeLimits) -> None:
        self._tell(member.SetLimits, limits=limits)

    def setPort(self, port: PortAssignment) -> None:
        self._tell(member.SetPort, port=port)

    async def setTrace(self, words: Sequence[str]) -> None:
        await self._ask(member.SetTrace, words=list(words))

    async def setKeyLog(self, selector: str, seconds: int) -> None:
        await self._ask(member.SetKeyLog, selector=selector, seconds=seconds)

    async def prepareLabels(self) -> LabelsRead:
        return cast(LabelsRead, (await self._askFor(READING, member.PrepareLabels, {}))["read"])

    async def switchLabels(self, digest: str) -> None:
        await self._ask(member.SwitchLabels, digest=digest)

    def discardLabels(self) -> None:
        self._tell(member.DiscardLabels)

    def quiesce(self, seconds: int) -> None:
        self._tell(member.Quiesce, seconds=seconds)

    async def details(self) -> ServerDetails:
        return cast(ServerDetails, (await self._inquire(member.TellDetails))["details"])

    async def sessions(self, after: int, limit: int) -> list[SessionRecord]:
        sessions: list[SessionRecord] = (await self._inquire(member.TellSessions, after=after, limit=limit))["sessions"]
        return sessions

    def close(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()

    @member.Report.responder
    def report(self, messageId: str, fields: dict[str, str]) -> dict[str, object]:
        message = Said(messageId, fields)
        try:
            str(message)  # or the log would find that it cannot be filled in
            announceSaid(self.log, message)
            self._hear(message)
        except (LookupError, TypeError, ValueError):
            self.misunderstood(f"message {messageId[:20]!r} is unknown, or has other fields")
        return {}

    @member.WriteKeys.responder
    def writeKeys(self, line: str) -> dict[str, object]:
        self._keys(line)
        return {}

    @member.WriteConsole.responder
    def writeConsole(self, server: str, times: list[float], lines: list[Said | str]) -> dict[str, object]:
        self._console(server, times, lines)
        return {}

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The server has gone.
        """
        super().connectionLost(reason)
        self._lost()

    def misunderstood(self, reason: str) -> None:
        """
        See L{QuietAMP.misunderstood}: it goes, and its successor takes what is left.
        """
        if not self._over:
            announce(self.log, "SSLP184W", reason=reason)
        super().misunderstood(reason)

    def _toldFault(self, failure: Failure, command: str) -> Failure | amp.AmpBox:
        if not failure.check(*STRANGE):
            return super()._toldFault(failure, command)
        self.misunderstood(f"command {command[:40]!r} has invalid arguments")
        return amp.AmpBox()  # which nobody gets

    def _inquire(self, command: type[amp.Command], **arguments: object) -> Deferred[dict[str, Any]]:
        """
        Ask for what the server knows already.
        """
        return self._askFor(ANSWER_PATIENCE, command, arguments)

    def _ask(self, command: type[amp.Command], **arguments: object) -> Deferred[dict[str, Any]]:
        """
        Ask for something to be done.
        """
        return self._askFor(PATIENCE, command, arguments)

    def _askFor(
        self, patience: float, command: type[amp.Command], arguments: dict[str, object]
    ) -> Deferred[dict[str, Any]]:
        if self.transport is None:
            return fail(ConnectionError("Connection lost"))
        answer: Deferred[dict[str, Any]] = self.callRemote(command, **arguments)
        answer.addTimeout(patience, self._reactor)
        answer.addErrback(translated)
        return answer

    def _tell(self, command: type[amp.Command], **arguments: object) -> None:
        # Whoever is not there any more is noticed by the end of the connection, a fault of ours in the server's log.
        self._ask(command, **arguments).addErrback(unlessKnown)


def _orRefused(action: Callable[[], Result]) -> Result:
    """
    Call C{action}; what the operator can put right travels as L{Refused}.
    """
    try:
        return action()
    except OperatorError as error:
        raise Refused(description(error.said)) from error
