# -*- test-case-name: tests.live.test_gskkyman -*-
"""
The dialogue of C{gskkyman} on a terminal, or on whatever standard input is.  A
command's own process.
"""

from __future__ import annotations

import getpass
import io
import sys

from sslpool.commands.gskkyman.databasemenu import DatabaseMenu
from sslpool.commands.gskkyman.dialogue import Conversation, Dialogue, Talk, Turn
from sslpool.keydb.passwords import isTerminal
from sslpool.tls.labels import rehearse


def converse(path: str | None = None) -> None:
    """
    Lead the dialogue until it ends, or nobody answers any more.

    @param path: a key database to open at once; C{None} begins with the Database Menu.
    """

    def begin(talk: Conversation) -> Talk[None]:
        menu = DatabaseMenu(talk, rehearse=rehearse)
        return menu.run() if path is None else menu.open(path)

    if isinstance(sys.stdin, io.TextIOWrapper):
        # A name or password may have octets that the terminal's encoding has not.
        sys.stdin.reconfigure(errors="surrogateescape")
    dialogue = Dialogue(begin)
    try:
        turn = dialogue.begin()
        while _show(turn):
            turn = dialogue.feed(_answer(turn))
    except EOFError:
        print()
    finally:
        dialogue.close()


def _show(turn: Turn) -> bool:
    for line in turn.lines:
        print(line)
    sys.stdout.flush()
    return not turn.ended


def _answer(turn: Turn) -> str:
    if turn.secret and isTerminal():
        return getpass.getpass(turn.prompt)
    return input(turn.prompt)
