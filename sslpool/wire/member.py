# -*- test-case-name: tests.wire.test_member -*-
"""
What the stack and a server say to each other on their control connection: AMP
commands, and no behavior.  Both ends are always of the same release, since the
server is forked from an agent that the stack started.
"""

from __future__ import annotations

from twisted.protocols import amp

from sslpool.messages import Said
from sslpool.wire.arguments import Document
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.wire.errors import ERRORS
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord


class Assign(amp.Command):
    """
    Stack to server, first: what it is to be.  The answer comes when the labels are ready.
    """

    arguments = [(b"assignment", Document(Assignment))]
    response = [(b"read", Document(LabelsRead))]
    errors = ERRORS


class SetLimits(amp.Command):
    """
    Stack to server: other time limits.
    """

    arguments = [(b"limits", Document(TimeLimits))]
    errors = ERRORS


class SetPort(amp.Command):
    """
    Stack to server: a secure port, new or changed.  Running sessions keep the
    port as it was.
    """

    arguments = [(b"port", Document(PortAssignment))]
    errors = ERRORS


class Serve(amp.Command):
    """
    Stack to server, last of the beginning: take connections.  The answer means
    that the server is Active.
    """
    errors = ERRORS


class SetTrace(amp.Command):
    """
    Stack to server: trace what the operands of TRACE say, and nothing else.
    """

    arguments = [(b"words", Document(list[str]))]
    errors = ERRORS


class PrepareLabels(amp.Command):
    """
    Stack to server, the first step of REFRESH: read and check the key database
    and build its labels aside.  The labels in use stay.
    """

    response = [(b"read", Document(LabelsRead))]
    errors = ERRORS


class SwitchLabels(amp.Command):
    """
    Stack to server, the second step: take what has been prepared.
    """

    arguments = [(b"digest", amp.Unicode())]
    errors = ERRORS


class DiscardLabels(amp.Command):
    """
    Stack to server, instead of the second step: forget what has been prepared.
    """
    errors = ERRORS


class Quiesce(amp.Command):
    """
    Stack to server: nothing new is coming.  Close what is left after C{seconds}
    and end.
    """

    arguments = [(b"seconds", amp.Integer())]
    errors = ERRORS


class TellDetails(amp.Command):
    """
    Stack to server: say what you know of yourself.
    """

    response = [(b"details", Document(ServerDetails))]
    errors = ERRORS


class TellSessions(amp.Command):
    """
    Stack to server: at most C{limit} sessions whose number is greater than C{after}.
    """

    arguments = [(b"after", amp.Integer()), (b"limit", amp.Integer())]
    response = [(b"sessions", Document(list[SessionRecord]))]
    errors = ERRORS


class Report(amp.Command):
    """
    Server to stack: an operator message for the stack's log.
    """

    arguments = [(b"messageId", amp.Unicode()), (b"fields", Document(dict[str, str]))]
    requiresAnswer = False


class SetKeyLog(amp.Command):
    """
    Stack to server: log the secrets of connections that are selected; with 0 seconds,
    not any more.
    """

    arguments = [(b"selector", amp.Unicode()), (b"seconds", amp.Integer())]
    errors = ERRORS


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

    arguments = [
        (b"server", amp.Unicode()),
        (b"times", Document(list[float])),
        (b"lines", Document(list[Said | str])),
    ]
    errors = ERRORS
