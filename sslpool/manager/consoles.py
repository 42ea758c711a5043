# -*- test-case-name: tests.manager.test_traces -*-
"""
CLOSECON and LOG: consoles closed and delivered.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence

from sslpool.interfaces import IConsoles
from sslpool.messages import OperatorError, render

EMPTY = "SSLP634E"
"""
The id of the message that a console has no lines.
"""


def closeConsole(consoles: IConsoles, userid: str) -> str:
    """
    Close a console; return the message about it.

    @raise OperatorError: it cannot be delivered, or has no lines.
    """
    path, lines = consoles.deliver(userid)
    return render("SSLP630I", server=userid, lines=lines, path=path)


def closeConsoles(consoles: IConsoles, userids: Sequence[str]) -> list[str]:
    """
    Close the consoles that have lines; return a message for each.
    """
    messages = []
    for userid in userids:
        try:
            messages.append(closeConsole(consoles, userid))
        except OperatorError as error:
            if error.message.id != EMPTY:
                messages.append(error.text)
    return messages
