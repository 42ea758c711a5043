# -*- test-case-name: tests.commands.test_gskkyman -*-
"""
C{gskkyman}: key databases and certificates from the command line.  A process of
its own, that talks to no other.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from twisted.python import usage

from sslpool.commands.gskoperations import (
    Create,
    Default,
    Delete,
    Export,
    GskkymanOptions,
    Import,
    List,
    Password,
    SelfSigned,
    Show,
    Stash,
    Trust,
)
from sslpool.keydb.listing import printable
from sslpool.messages import OperatorError


class Gskkyman(GskkymanOptions):
    """
    The command line.
    """

    synopsis = "Usage: gskkyman OPERATION [options]"
    longdesc = "Options of an operation: gskkyman OPERATION --help"
    subCommands = [
        ["create", None, Create, "Make a key database"],
        ["stash", None, Stash, "Store the password for the servers"],
        ["password", None, Password, "Change the password"],
        ["self-signed", None, SelfSigned, "Make a key and a certificate signed with it"],
        ["import", None, Import, "Store a certificate that was made elsewhere"],
        ["list", None, List, "Show all certificates"],
        ["show", None, Show, "Show one certificate"],
        ["export", None, Export, "Write a certificate to a file"],
        ["delete", None, Delete, "Remove a certificate and its key"],
        ["default", None, Default, "Make a key the default"],
        ["trust", None, Trust, "Say whether servers may use a certificate"],
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
    options = Gskkyman()
    try:
        options.parseOptions(sys.argv[1:] if arguments is None else list(arguments))
        if options.subCommand is None:
            print(options)
            return 1
        print(*options.subOptions.perform(), sep="\n", flush=True)
    except usage.UsageError as error:
        return _failed(f"gskkyman: {error}", "See gskkyman --help.")
    except OperatorError as error:
        return _failed(error.text, error.message.action)
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Nobody reads on; keep the interpreter from flushing once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _failed(*lines: str) -> int:
    for line in lines:
        print(printable(line), file=sys.stderr)
    return 1
