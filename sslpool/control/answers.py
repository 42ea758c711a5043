# -*- test-case-name: tests.control.test_poolprotocol -*-
"""
What becomes of answers of a server that are none.  Stack process.
"""

from __future__ import annotations

from typing import NoReturn

from twisted.internet.defer import TimeoutError
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.protocols import amp
from twisted.python.failure import Failure

from sslpool.interfaces import NoAnswer
from sslpool.messages import OperatorError
from sslpool.wire.errors import Refused, refusal

STRANGE = (ValueError, LookupError, ArithmeticError, RecursionError)
"""
What reading something raises that is not what it should be.
"""


def translated(failure: Failure) -> NoReturn:
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
    if isinstance(error, STRANGE):
        raise ConnectionError("The answer could not be read") from error
    raise error


def unlessKnown(failure: Failure) -> None:
    """
    Pass on what is a fault of ours.
    """
    failure.trap(ConnectionError, OperatorError)
