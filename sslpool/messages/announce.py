# -*- test-case-name: tests.test_messages -*-
"""
Operator messages as log events: the text for people, the id and fields for
programs.  Every process.
"""

from __future__ import annotations

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from sslpool.messages import CATALOGUE, Severity, render

LEVELS = {
    Severity.INFORMATION: LogLevel.info,
    Severity.WARNING: LogLevel.warn,
    Severity.ERROR: LogLevel.error,
}


def announce(log: Logger, messageId: str, **fields: object) -> None:
    """
    Log an operator message.

    @raise KeyError: the id is not in the catalogue, or a field is missing.
    """
    _emit(log, messageId, render(messageId, **fields), fields)


def announceText(log: Logger, text: str) -> None:
    """
    Log an operator message that has been filled in already.

    @raise KeyError: the text does not begin with an id of the catalogue.
    """
    _emit(log, text.split(maxsplit=1)[0], text, {})


def announceFault(log: Logger, activity: str, failure: Failure) -> None:
    """
    Log a mistake of ours, with its traceback.

    @param activity: what was going on, as C{"servers were restarted"}.
    """
    text = render("SSLP198E", activity=activity)
    log.failure("{text}", failure, text=text, messageId="SSLP198E", fields={"activity": activity})


def _emit(log: Logger, messageId: str, text: str, fields: dict[str, object]) -> None:
    log.emit(LEVELS[CATALOGUE[messageId].severity], "{text}", text=text, messageId=messageId, fields=fields)
