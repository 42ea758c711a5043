# -*- test-case-name: tests.commands.gskkyman.test_main -*-
"""
C{gskkyman}: key databases and certificates from the command line.  A process of its own, that talks to no other.
"""

from __future__ import annotations

import getpass
import io
import sys
from collections.abc import Sequence

from twisted.python import usage

from sslpool.commands.gskkyman.databasemenu import DatabaseMenu
from sslpool.commands.gskkyman.databaseoperations import (
    Create,
    DeleteDatabase,
    Expiring,
    Info,
    List,
    Password,
    RecordLength,
    Show,
    Stash,
)
from sslpool.commands.gskkyman.dialogue import Dialogue, Prompter, Screen, Talk
from sslpool.commands.gskkyman.operations import (
    Default,
    Delete,
    Display,
    Export,
    Import,
    Label,
    Receive,
    Renew,
    Request,
    SelfSigned,
    Sign,
    Trust,
)
from sslpool.commands.gskkyman.options import GskkymanOptions, Open, Operation
from sslpool.commands.outcome import DONE, FAILED, USAGE, complain, printable
from sslpool.keydb.passwordprompts import isTerminal
from sslpool.messages import OperatorError
from sslpool.tls.labels import rehearse


class Gskkyman(GskkymanOptions):
    """
    The command line.
    """

    synopsis = "Usage: gskkyman [OPERATION [options]]"
    longdesc = "Without an operation, gskkyman shows its menus. See also gskkyman OPERATION --help."
    subCommands = [
        ["create", None, Create, "Create a key database"],
        ["open", None, Open, "Open a key database and show the Key Management Menu"],
        ["stash", None, Stash, "Store the password for the servers"],
        ["password", None, Password, "Change the password"],
        ["self-signed", None, SelfSigned, "Create a key and a self-signed certificate"],
        ["request", None, Request, "Create a key and a certificate request"],
        ["receive", None, Receive, "Store a requested certificate, or a renewal"],
        ["sign", None, Sign, "Sign a certificate request"],
        ["renew", None, Renew, "Renew a certificate, or create a renewal request"],
        ["import", None, Import, "Import certificates, keys, and revocation lists"],
        ["list", None, List, "Show all certificates"],
        ["show", None, Show, "Show one certificate"],
        ["display", None, Display, "Show what is in a file of certificates"],
        ["export", None, Export, "Write a certificate to a file"],
        ["delete", None, Delete, "Delete a certificate, a request, or a revocation list"],
        ["default", None, Default, "Make a key the default"],
        ["trust", None, Trust, "Set whether servers may use a certificate"],
        ["label", None, Label, "Change the label of a certificate"],
        ["expiring", None, Expiring, "Show certificates that have expired or soon will expire"],
        ["info", None, Info, "Show expiration, record length, and default key"],
        ["record-length", None, RecordLength, "Show or change the record length"],
        ["delete-database", None, DeleteDatabase, "Delete a key database"],
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what the command line says; return the exit code.

    @param arguments: the command line without the command; C{None} is that of this process.
    """
    options = Gskkyman()
    try:
        options.parseOptions(sys.argv[1:] if arguments is None else list(arguments))
        return _done(options)
    except usage.UsageError as error:
        named = f"{options.subCommand} " if getattr(options, "subCommand", None) else ""
        return _failed(f"gskkyman: {error}", f"See gskkyman {named}--help.", code=USAGE)
    except OperatorError as error:
        return complain(error, bool(options.subOptions.get("json")))


def _done(options: Gskkyman) -> int:
    """
    Do what is asked for, and show what was done and what was not; return the exit code.
    """
    if options.subCommand in (None, "open"):
        converse(None if options.subCommand is None else options.subOptions.path)
        return DONE
    operation: Operation = options.subOptions
    if lines := operation.lines():
        print(*lines, sep="\n", flush=True)
    return _failed(*map(str, operation.problems)) if operation.problems else DONE


def _failed(*lines: str, code: int = FAILED) -> int:
    for line in lines:
        print(printable(line), file=sys.stderr)
    return code


def converse(path: str | None = None) -> None:
    """
    Lead the dialogue, on a terminal or whatever standard input is, until it ends or nobody answers any more.

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
