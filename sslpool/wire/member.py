# -*- test-case-name: tests.wire.test_member -*-
"""
What the stack and a server say to each other on their control connection, each word once: a method of L{ServerWords} is
the command.  Both ends are always of the same release, since the server is forked from an agent that the stack started.
"""

# mypy: disable-error-code="empty-body"
# The body of a word is that of words.asking, or of told.

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, ClassVar, TypeVar

from twisted.protocols import amp

from sslpool.messages import Said
from sslpool.wire.arguments import Document
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.wire.errors import ERRORS
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord
from sslpool.wire.words import Word, answerOf, argumentsOf, asking, givenTo

Telling = TypeVar("Telling", bound=Callable[..., None])

READING = 600.0
"""
How long the stack waits for a server that reads the key database, in seconds: its progress is seen elsewhere.
"""

DOING = 20.0
"""
How long the stack waits for a server to do something, in seconds.
"""

KNOWING = 5.0
"""
How long the stack waits for what a server knows already, in seconds.
"""


class ServerCommand(amp.Command):
    """
    What all commands of the stack have in common.

    @cvar method: the method of L{ServerWords} that asks for it, and of L{sslpool.interfaces.IServer} that answers it.
    @cvar limit: how long the stack waits for the answer, in seconds.
    @cvar activity: what the server did where it meets a fault of ours, as a message names it.
    """

    method: ClassVar[str] = ""
    limit: ClassVar[float] = DOING
    activity: ClassVar[str] = ""
    errors: ClassVar[dict[type[Exception], bytes]] = ERRORS


COMMANDS: list[type[ServerCommand]] = []
"""
The commands of the stack.
"""


def _commandFor(method: Callable[..., Any], limit: float, activity: str) -> type[ServerCommand]:
    name = method.__name__[0].upper() + method.__name__[1:]

    class Order(ServerCommand):
        __doc__ = method.__doc__
        commandName = name.encode("ascii")
        arguments = argumentsOf(method)
        response = answerOf(method, "answer")

    Order.method, Order.limit, Order.activity = method.__name__, limit, activity or f"{name} was answered"
    COMMANDS.append(Order)
    return Order


def asked(limit: float = DOING, activity: str = "") -> Word:
    """
    Declare a method to be a word whose answer is waited for.
    """
    return lambda method: asking(method, _commandFor(method, limit, activity))  # type: ignore[return-value]


def told(method: Telling) -> Telling:
    """
    Declare a method to be a word whose answer nobody waits for.
    """
    command = _commandFor(method, DOING, "")

    @wraps(method)
    def tell(self: ServerWords, *values: object, **named: object) -> None:
        self.tell(command, givenTo(method, *values, **named))

    return tell  # type: ignore[return-value]


class ServerWords:
    """
    What the stack says to a server.
    """

    async def ask(self, command: type[ServerCommand], arguments: dict[str, Any]) -> dict[str, Any]:
        """
        Have the server carry out a command; return its answer.
        """
        raise NotImplementedError

    def tell(self, command: type[ServerCommand], arguments: dict[str, Any]) -> None:
        """
        Have the server carry out a command.
        """
        raise NotImplementedError

    @asked(READING)
    async def assign(self, assignment: Assignment) -> LabelsRead:
        """
        What it is to be.  The answer comes when the labels are ready.
        """

    @told
    def setLimits(self, limits: TimeLimits) -> None:
        """
        Other time limits.
        """

    @told
    def setPort(self, port: PortAssignment) -> None:
        """
        A secure port, new or changed.  Running sessions keep the port as it was.
        """

    @asked()
    async def serve(self) -> None:
        """
        Last of the beginning: take connections.  The answer means that the server is Active.
        """

    @asked(activity="a trace was set")
    async def setTrace(self, words: Annotated[Sequence[str], Document(list[str])]) -> None:
        """
        Trace what the operands of TRACE say, and nothing else.
        """

    @asked()
    async def setKeyLog(self, selector: str, seconds: int) -> None:
        """
        Log the secrets of connections that are selected; with 0 seconds, not any more.
        """

    @asked(READING, "a server read the key database")
    async def prepareLabels(self) -> LabelsRead:
        """
        The first step of REFRESH: read and check the key database and build its labels aside.  The labels in use stay.
        """

    @asked()
    async def switchLabels(self, digest: str) -> None:
        """
        The second step: take what has been prepared.
        """

    @told
    def discardLabels(self) -> None:
        """
        Instead of the second step: forget what has been prepared.
        """

    @told
    def quiesce(self, seconds: int) -> None:
        """
        Nothing new is coming.  Close what is left after C{seconds} and end.
        """

    @asked(KNOWING, "a server told its details")
    async def details(self) -> ServerDetails:
        """
        Say what you know of yourself.
        """

    @asked(KNOWING, "a server told its sessions")
    async def sessions(self, after: int, limit: int) -> list[SessionRecord]:
        """
        At most C{limit} sessions whose number is greater than C{after}.
        """


class Report(amp.Command):
    """
    Server to stack: an operator message for the stack's log.
    """

    arguments = [(b"messageId", amp.Unicode()), (b"fields", Document(dict[str, str]))]
    requiresAnswer = False


class WriteKeys(amp.Command):
    """
    Server to stack: a line for the key log.
    """

    arguments = [(b"line", amp.Unicode())]
    requiresAnswer = False


class WriteConsole(amp.Command):
    """
    Server to stack: lines for the server's console, and when they were written.
    The answer means that there is room for more.
    """

    arguments = [(b"server", amp.Unicode()), (b"times", Document(list[float])), (b"lines", Document(list[Said | str]))]
    errors = ERRORS
