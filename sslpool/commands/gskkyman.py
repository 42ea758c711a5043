# -*- test-case-name: tests.commands.test_gskkyman -*-
"""
C{gskkyman}: key databases and certificates from the command line.  A process of
its own, that talks to no other.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence

from twisted.python import usage

from sslpool.commands.gskdatabase import (
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
from sslpool.commands.gskoperations import (
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
from sslpool.commands.gskoptions import GskkymanOptions, Open, Operation
from sslpool.commands.gskterminal import converse
from sslpool.keydb.listing import printable
from sslpool.librarywarnings import hideLibraryWarnings
from sslpool.messages import OperatorError


class Gskkyman(GskkymanOptions):
    """
    The command line.
    """

    synopsis = "Usage: gskkyman [OPERATION [options]]"
    longdesc = "Without an operation it shows its menus. Options of an operation: gskkyman OPERATION --help"
    subCommands = [
        ["create", None, Create, "Make a key database"],
        ["open", None, Open, "Open a key database and show the menu of its keys"],
        ["stash", None, Stash, "Store the password for the servers"],
        ["password", None, Password, "Change the password"],
        ["self-signed", None, SelfSigned, "Make a key and a certificate signed with it"],
        ["request", None, Request, "Make a key and a certificate request"],
        ["receive", None, Receive, "Store the certificate that was requested, or a renewal"],
        ["sign", None, Sign, "Sign a certificate request of others"],
        ["renew", None, Renew, "Renew a certificate, or make a request for that"],
        ["import", None, Import, "Store a certificate that was made elsewhere"],
        ["list", None, List, "Show all certificates"],
        ["show", None, Show, "Show one certificate"],
        ["display", None, Display, "Show what is in a file of certificates"],
        ["export", None, Export, "Write a certificate to a file"],
        ["delete", None, Delete, "Remove a certificate and its key"],
        ["default", None, Default, "Make a key the default"],
        ["trust", None, Trust, "Say whether servers may use a certificate"],
        ["label", None, Label, "Give a certificate another label"],
        ["expiring", None, Expiring, "Show certificates that have expired or soon will"],
        ["info", None, Info, "Show expiration, record length and default key of a key database"],
        ["record-length", None, RecordLength, "Show or change the record length"],
        ["delete-database", None, DeleteDatabase, "Remove a key database"],
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what the command line says; return the exit status, 0 or 1.

    @param arguments: the command line without the command; C{None} is that of
        this process.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A label may have characters that the terminal's encoding has not.
        sys.stdout.reconfigure(errors="backslashreplace")
    hideLibraryWarnings()
    options = Gskkyman()
    try:
        options.parseOptions(sys.argv[1:] if arguments is None else list(arguments))
        return _done(options)
    except usage.UsageError as error:
        named = f"{options.subCommand} " if getattr(options, "subCommand", None) else ""
        return _failed(f"gskkyman: {error}", f"See gskkyman {named}--help.")
    except OperatorError as error:
        if options.subOptions["json"]:
            said = error.said
            shown = {"id": said.id, "text": said.text, "action": said.message.action}
            print(json.dumps({"error": shown}, indent=2))
            return 1
        return _failed(str(error), error.said.message.action)
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Nobody reads on; keep the interpreter from flushing once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _done(options: Gskkyman) -> int:
    """
    Do what is asked for, and show what was done and what was not; return the exit status.
    """
    if options.subCommand in (None, "open"):
        converse(None if options.subCommand is None else options.subOptions.path)
        return 0
    operation: Operation = options.subOptions
    if lines := operation.lines():
        print(*lines, sep="\n", flush=True)
    if not operation.problems:
        return 0
    return 1 if operation["json"] else _failed(*map(str, operation.problems))


def _failed(*lines: str) -> int:
    for line in lines:
        print(printable(line), file=sys.stderr)
    return 1
