# -*- test-case-name: tests.control.test_serverlink -*-
"""
Both ends of the control connection between the stack and one server:
L{ServerLink} lives in the stack process, L{ServerResponder} in the server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, cast

from twisted.internet.defer import Deferred, TimeoutError, fail
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols import amp
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.control.poolprotocol import PoolProtocol, WriteLines
from sslpool.interfaces import IServer, IServerLink, NoAnswer
from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.wire import member
from sslpool.wire.assignment import Assignment, PortAssignment
from sslpool.wire.errors import Refused, description, refusal
from sslpool.wire.records import LabelsRead

_STRANGE = (ValueError, LookupError, ArithmeticError, RecursionError)
"""
What reading something raises that is not what it should be.
"""


def _answers(command: type[member.ServerCommand]) -> None:
    """
    Have a command answered by its method of L{IServer}.  What the operator can put right is told; so is a mistake of
    ours, which is logged and does not end the connection: the server's sessions would end with that.
    """

    def answer(self: ServerResponder, **arguments: Any) -> dict[str, object]:
        try:
            result = getattr(self.server, command.method)(**arguments)
        except OperatorError as error:
            raise Refused(description(error.said)) from error
        except Exception as error:
            announceFault(self.log, command.activity, Failure())
            raise Refused(description(said("SSLP198E", activity=command.activity))) from error
        return {name.decode("ascii"): result for name, _ in command.response}

    command.responder(answer)


class ServerResponder(amp.CommandLocator):
    """
    Answers the stack.  Lives in the server process.

    @ivar server: what is asked.
    """

    log = Logger()

    def __init__(self, server: IServer) -> None:
        super().__init__()
        self.server = server

    for _command in member.COMMANDS:
        _answers(_command)


class ServerControl(PoolProtocol):
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
class ServerLink(PoolProtocol, member.ServerWords):
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
        assigned = Deferred.fromCoroutine(self.assign(assignment))
        for port in ports:
            self.setPort(port)
        read = await assigned
        await self.serve()
        return read

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
        See L{PoolProtocol.misunderstood}: it goes, and its successor takes what is left.
        """
        if not self._over:
            announce(self.log, "SSLP184W", reason=reason)
        super().misunderstood(reason)

    def _toldFault(self, failure: Failure, command: str) -> Failure | amp.AmpBox:
        if not failure.check(*_STRANGE):
            return super()._toldFault(failure, command)
        self.misunderstood(f"command {command[:40]!r} has invalid arguments")
        return amp.AmpBox()  # which nobody gets

    async def ask(self, command: type[member.ServerCommand], arguments: dict[str, Any]) -> dict[str, Any]:
        """
        Have the server carry out a command; return its answer.
        """
        return await self._ask(command, arguments)

    def tell(self, command: type[member.ServerCommand], arguments: dict[str, Any]) -> None:
        """
        Have the server carry out a command.
        """
        # Whoever is not there any more is noticed by the end of the connection, a fault of ours in the server's log.
        self._ask(command, arguments).addErrback(_unlessKnown)

    def _ask(self, command: type[member.ServerCommand], arguments: dict[str, Any]) -> Deferred[dict[str, Any]]:
        if self.transport is None:
            return fail(ConnectionError("Connection lost"))
        answer: Deferred[dict[str, Any]] = self.callRemote(command, **arguments)
        answer.addTimeout(command.limit, self._reactor)
        answer.addErrback(_translated)
        return answer


def _translated(failure: Failure) -> NoReturn:
    """
    Turn what AMP raises into what L{sslpool.interfaces.IServerLink} promises.
    """
    error: BaseException = failure.value  # type: ignore[assignment]
    try:
        if isinstance(error, Refused):
            raise refusal(error) from error
    except ValueError as strange:
        error = strange
    if isinstance(error, TimeoutError):
        raise NoAnswer("Connection timed out") from error
    if isinstance(error, (ConnectionLost, ConnectionDone, amp.ProtocolSwitched)):
        raise ConnectionError("Connection lost") from error
    if isinstance(error, _STRANGE):
        raise ConnectionError("The answer could not be read") from error
    raise error


def _unlessKnown(failure: Failure) -> None:
    """
    Pass on what is a fault of ours.
    """
    failure.trap(ConnectionError, OperatorError)
