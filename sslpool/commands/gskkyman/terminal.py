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
from sslpool.commands.gskkyman.dialogue import Dialogue, Prompter, Screen, Talk
from sslpool.keydb.passwords import isTerminal
from sslpool.tls.labels import rehearse


def converse(path: str | None = None) -> None:
    """
    Lead the dialogue until it ends, or nobody answers any more.

    @param path: a key database to open at once; C{None} begins with the Database Menu.
    """

    def begin(talk: Prompter) -> Talk[None]:
        menu = DatabaseMenu(talk, rehearse=rehearse)
        return menu.run() if path is None else menu.open(path)

    if isinstance(sys.stdin, io.TextIOWrapper):
        # A name or password may have octets that the terminal's encoding has not.
        sys.stdin.reconfigure(errors="surrogateescape")
    dialogue = Dialogue(begin)
    try:
        screen = dialogue.begin()
        while _show(screen):
            screen = dialogue.feed(_answer(screen))
    except EOFError:
        print()
    finally:
        dialogue.close()


def _show(screen: Screen) -> bool:
    for line in screen.lines:
        print(line)
    sys.stdout.flush()
    return not screen.ended


def _answer(screen: Screen) -> str:
    if screen.secret and isTerminal():
        return getpass.getpass(screen.prompt)
    return input(screen.prompt)
