# -*- test-case-name: tests.manager.test_traces -*-
"""
CLOSECON and LOG: consoles closed and delivered.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence

from sslpool.interfaces import IConsoles
from sslpool.messages import OperatorError, Said, said


def closeConsole(consoles: IConsoles, userid: str) -> Said:
    """
    Close a console; return the message about it.

    @raise OperatorError: it cannot be delivered, or is gone.
    """
    return _closed(consoles, userid) or _idle(userid, consoles.last(userid))


def closeConsoles(consoles: IConsoles, userids: Sequence[str]) -> list[Said]:
    """
    Close the consoles that have lines; return a message for each.
    """
    messages = []
    for userid in userids:
        try:
            message = _closed(consoles, userid)
        except OperatorError as error:
            message = error.said
        if message:
            messages.append(message)
    return messages


def _idle(userid: str, last: str) -> Said:
    """
    Return the message that a console has no lines.

    @param last: where those are that were delivered before, or empty.
    """
    return said("SSLP188I", server=userid, path=last) if last else said("SSLP634I", server=userid)


def _closed(consoles: IConsoles, userid: str) -> Said | None:
    """
    Close a console; return the message about it, or C{None} where it has no lines.
    """
    delivered = consoles.deliver(userid)
    if delivered is None:
        return None
    path, lines = delivered
    return said("SSLP630I", server=userid, lines=lines, path=path)
