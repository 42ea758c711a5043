# -*- test-case-name: tests.commands.ssladmin.test_settings -*-
"""
SET, CLEAR and QUERY SETTINGS of SSLADMIN: the targets that a user's later commands
have where they name none.  They are kept in a file of the user's own.
"""

from __future__ import annotations

import json
import os

from attrs import asdict, frozen

from sslpool.commands.command import Command, Report
from sslpool.commands.options import Options, userid
from sslpool.commands.syntax import TARGET, Form, Misuse, Request
from sslpool.messages import Said, operatorError, said
from sslpool.reports.tables import labelled
from sslpool.rundirectory import privateDirectory, stateDirectory
from sslpool.wire import serial

LONGEST = 4096
"""
Octets of the file that are read.
"""


@frozen
class Settings:
    """
    What was SET.

    @ivar server: SSLSERVER: a member's userid, or C{None} for ALL.
    @ivar stack: TCPSERVER: the stack's userid, or C{None} for what is the default otherwise.
    """

    server: str | None = None
    stack: str | None = None


def readSettings() -> Settings:
    """
    Return what was SET; without a file, or where it is another user's, nothing.

    @raise OperatorError: the file cannot be read, or is not ours.
    """
    path = _path()
    try:
        with open(path, "rb") as file:
            found: Settings = serial.fromJson(Settings, file.read(LONGEST))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return Settings()
    except OSError as error:
        raise operatorError("SSLP435E", path=path, reason=error.strerror) from error
    except ValueError as error:
        raise operatorError("SSLP435E", path=path, reason=str(error)) from error
    return Settings(
        None if found.server is None else userid("SSLSERVER", found.server),
        None if found.stack is None else userid("TCPSERVER", found.stack),
    )


def defaults() -> Options:
    """
    Return what was SET as options.
    """
    settings = readSettings()
    return Options(server=settings.server, stack=settings.stack)


def _path() -> str:
    return os.path.join(stateDirectory(), "settings.json")


def _write(settings: Settings) -> None:
    """
    Keep settings; whoever reads at the same moment gets the old ones or the new ones.
    """
    path = _path()
    try:
        privateDirectory()
        descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            json.dump(asdict(settings), file)
        os.replace(f"{path}.new", path)
    except OSError as error:
        raise operatorError("SSLP436E", path=path, reason=error.strerror) from error


def _report(settings: Settings, first: Said | None = None) -> Report:
    """
    Return the report about settings, behind a message.
    """
    lines: list[Said | str] = [] if first is None else [first]
    lines += labelled("SSLSERVER", settings.server or "ALL", 9, 0)
    lines += labelled("TCPSERVER", settings.stack or "not set", 9, 0)
    return Report(settings, lines)


def _set(request: Request) -> Report:
    """
    SET: what is not named stays as it is.
    """
    options, before = request.options, readSettings()
    if options.server is None and options.stack is None:
        error = operatorError("SSLP422E", command="SET", expected="(SSLserver userid|ALL or (TCPserver userid")
        raise Misuse(error, request.form.syntax("SSLADMIN"))
    server = before.server if options.server is None else options.server
    settings = Settings(None if server == "ALL" else server, options.stack or before.stack)
    _write(settings)
    return _report(settings, said("SSLP437I"))


def _clear(request: Request) -> Report:
    """
    CLEAR: forget what was SET.
    """
    path = _path()
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise operatorError("SSLP436E", path=path, reason=error.strerror) from error
    return _report(Settings(), said("SSLP438I"))


def _query(request: Request) -> Report:
    """
    QUERY SETTINGS.
    """
    return _report(readSettings())


COMMANDS = (
    Command(Form(("Query", "SETtings"), "settings", "the targets that you SET", takes=(), literal=True), local=_query),
    Command(
        Form(
            ("SET",),
            "set",
            "set the targets of later commands: (SSLserver userid, (TCPserver userid",
            takes=(TARGET,),
            literal=True,
            more="They apply to all your later commands, until CLEAR. A command that names a target uses that one.",
        ),
        local=_set,
    ),
    Command(Form(("CLEar",), "clear", "clear what you SET", takes=(), literal=True), local=_clear),
)
