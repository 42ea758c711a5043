# -*- test-case-name: tests.reports.test_history -*-
"""
The history of configurations, as records.  Made in the stack, read by the commands; pure.
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from sslpool.messages import Said

TYPED = "NETSTAT"
"""
The name of statements that are in no file: they were typed behind NETSTAT OBEY.
"""


@frozen
class ObeyedText:
    """
    Statements that were obeyed.

    @ivar name: the name of their file; C{NETSTAT} where they were typed.
    @ivar text: the statements.
    """

    name: str
    text: str


@frozen
class AcceptedRecord:
    """
    A configuration that the stack has accepted.

    @ivar number: counts them.
    @ivar when: when that was, in seconds since the epoch.
    @ivar how: how it came: C{START}, C{OBEY}, C{OBEYFILE} and the file's name, C{SIGHUP}, C{USER.DIRECT},
        or C{ROLLBACK} and a number.
    @ivar by: the user ID who has asked for it; empty where that is not known.
    @ivar messages: what was said about its changes.
    @ivar files: the texts of the configuration files, by name; nothing in a list.
    @ivar obeyed: what was obeyed on top of them, in order; nothing in a list.
    """

    number: int
    when: float
    how: str
    by: str = ""
    messages: tuple[Said, ...] = ()
    files: dict[str, str] = field(factory=dict)
    obeyed: tuple[ObeyedText, ...] = ()

    @property
    def brief(self) -> AcceptedRecord:
        """
        The record without texts.
        """
        return evolve(self, files={}, obeyed=())
