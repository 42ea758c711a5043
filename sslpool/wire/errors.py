# -*- test-case-name: tests.wire.test_vocabulary -*-
"""
The errors that may travel over a control connection: one table of exceptions and
their codes.  Spoken between the stack and its clients, and between stack and servers.
"""

from __future__ import annotations

from sslpool.messages import OperatorError, Said
from sslpool.wire import serial

RECORDS = 7
"""
The version of the vocabulary since which the description of an error is the message with its record;
to older ones it is the text.
"""


class Refused(Exception):
    """
    The stack cannot or will not do it, for a reason that the operator can put right.  The description is the message.
    """


class Unauthorized(Refused):
    """
    The caller may not use the command; as C{REFUSED} otherwise.
    """


class Faulted(Refused):
    """
    The stack failed by a fault of its own, which its log has; the connection stays.
    """


ERRORS: dict[type[Exception], bytes] = {Unauthorized: b"UNAUTHORIZED", Faulted: b"FAULT", Refused: b"REFUSED"}
"""
The errors that every command declares, the special ones first.
"""

MALFORMED = b"MALFORMED"
"""
The code of the answer to a request whose arguments cannot be read.
"""


def description(said: Said, protocol: int = RECORDS) -> str:
    """
    Return how a message travels as the description of an error.

    @param protocol: the version of the vocabulary that the other end has.
    """
    return serial.toJson(serial.recordOf(said)) if protocol >= RECORDS else str(said)


def refusal(error: Refused) -> OperatorError:
    """
    Return the error that the other end had, of whatever release.

    @raise ValueError: the description is no message.
    """
    text = str(error)
    return OperatorError(serial.fromJson(Said, text) if text.startswith("{") else serial.fromPlain(Said, text))
