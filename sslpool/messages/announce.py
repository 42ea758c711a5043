# -*- test-case-name: tests.test_messages -*-
"""
Operator messages as log events: the text for people, the id and fields for
programs.  Every process.
"""

from __future__ import annotations

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from sslpool.messages import CATALOGUE, Said, Severity, render, revived

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
    _emit(log, revived(render(messageId, **fields)))


def announceText(log: Logger, text: str) -> None:
    """
    Log an operator message that has been filled in already, with its fields.

    @raise KeyError: the text does not begin with an id of the catalogue.
    """
    _emit(log, revived(text))


def announceFault(log: Logger, activity: str, failure: Failure) -> None:
    """
    Log a mistake of ours, with its traceback.

    @param activity: what was going on, as C{"servers were restarted"}.
    """
    text = render("SSLP198E", activity=activity)
    log.failure("{text}", failure, text=text, messageId="SSLP198E", fields={"activity": activity})


def _emit(log: Logger, said: Said) -> None:
    level = LEVELS[CATALOGUE[said.messageId].severity]
    # A text of its own, which holds nothing that it is made of.
    log.emit(level, "{text}", text=str(said), messageId=said.messageId, fields=said.fields)
