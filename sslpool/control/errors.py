# -*- test-case-name: tests.control.test_vocabulary -*-
"""
The errors that may travel over a control connection: one table of exceptions and
their codes.  Spoken between the stack and its clients, and between stack and servers.
"""

from __future__ import annotations


class Refused(Exception):
    """
    The stack cannot or will not do it, for a reason that the operator can put right.
    The description is the message: id, a blank and the filled-in text.
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
