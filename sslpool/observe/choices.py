# -*- test-case-name: tests.observe.test_logs -*-
"""
What C{--log} asks for.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from attrs import frozen

from sslpool.config.configuration import Configuration
from sslpool.messages import operatorError
from sslpool.observe.bounded import Bounds
from sslpool.observe.deliveredconsoles import Consoles
from sslpool.observe.journal import JOURNAL, JournalLog
from sslpool.observe.jsonlines import JsonLog
from sslpool.observe.linefile import makeDirectory, openRegular
from sslpool.observe.logs import ILog, Logs

EXPECTED = "console, console:DIRECTORY, json:FILE, journal, journal:SOCKET or none"

SMALLEST_LOG = 4096
"""
The least octets for a file of a log.
"""

DEFAULT_OWNER = "TCPMAINT"
"""
To whom consoles are delivered unless C{:owner.} says otherwise.
"""


@frozen
class Habits:
    """
    What is the same for all logs of a stack.

    @ivar stack: the stack's userid.
    @ivar directory: where consoles are unless C{--log} says otherwise.
    @ivar owner: to whom closed consoles are delivered.
    @ivar stamp: C{:timestamp.}, how lines of consoles begin.
    @ivar bounds: how much is kept.
    """

    stack: str
    directory: str
    owner: str = DEFAULT_OWNER
    stamp: str = "ON"
    bounds: Bounds = Bounds()


def consolesIn(run: str, configuration: Configuration) -> str:
    """
    Return where consoles and key logs are unless an operator says otherwise.
    """
    return os.path.join(run, f"{configuration.stack}.console")


def habitsFor(configuration: Configuration, run: str, size: int, keep: int) -> Habits:
    """
    Return what is the same for all logs.

    @raise OperatorError: an option makes no sense.
    """
    for option, value, least in (("--log-size", size, SMALLEST_LOG), ("--log-keep", keep, 0)):
        if value < least:
            raise operatorError("SSLP004E", option=option, reason=f"is at least {least}")
    directory = consolesIn(run, configuration)
    return Habits(configuration.stack, directory, configuration.owner, configuration.timeStamp, Bounds(size, keep))


def chooseLogs(logs: Logs, choices: Sequence[str], habits: Habits) -> None:
    """
    Have entries go where C{--log} says, with each of its values; without any, to consoles.

    @raise OperatorError: a value is not understood, or a log cannot be made.
    """
    chosen: list[ILog] = []
    consoles: Consoles | None = None
    for choice in choices or ("console",):
        kind, _, place = choice.partition(":")
        if kind == "console" and consoles is None:
            consoles = _consoles(place, habits)
            chosen.append(consoles)
        elif kind == "json" and place:
            chosen.append(_json(place, habits))
        elif kind == "journal":
            chosen.append(_journal(place or JOURNAL, habits))
        elif choice != "none":
            raise operatorError("SSLP635E", found=choice, expected=EXPECTED)
    logs.use(chosen, consoles)


def _consoles(place: str, habits: Habits) -> Consoles:
    directory = os.path.abspath(place) if place else habits.directory
    return Consoles(directory, habits.stack, habits.owner, habits.bounds, habits.stamp)


def _json(place: str, habits: Habits) -> ILog:
    path = os.path.abspath(place)
    try:
        makeDirectory(os.path.dirname(path))
        os.close(openRegular(path))
    except OSError as error:
        raise operatorError("SSLP633E", path=path, reason=error.strerror or error) from error
    return JsonLog(path, habits.stack, habits.bounds)


def _journal(path: str, habits: Habits) -> ILog:
    try:
        return JournalLog(path, habits.stack)
    except OSError as error:
        raise operatorError("SSLP633E", path=path, reason=error.strerror or error) from error
