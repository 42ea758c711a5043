# -*- test-case-name: tests.test_messages -*-
"""
Operator messages as log events: the catalogue's template and the fields, which the observers of
Twisted's log fill in or keep apart.  Every process.
"""

from __future__ import annotations

import re
from functools import cache

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from sslpool.messages import CATALOGUE, Said, Severity, said

LEVELS = {Severity.INFORMATION: LogLevel.info, Severity.WARNING: LogLevel.warn, Severity.ERROR: LogLevel.error}


def announce(log: Logger, messageId: str, **fields: object) -> None:
    """
    Log an operator message.

    @raise KeyError: the id is not in the catalogue, or a field is missing.
    """
    announceSaid(log, said(messageId, **fields))


def announceSaid(log: Logger, message: Said) -> None:
    """
    Log an operator message that somebody else has made.
    """
    # What another release has worded need not fit the catalogue here.
    worded = {} if message.wording is None else {"wording": message.wording}
    template = "{messageId} {wording}" if worded else _format(message.id)
    log.emit(LEVELS[message.severity], template, messageId=message.id, fields=message.fields, **worded)


def announceFault(log: Logger, activity: str, failure: Failure, server: str = "") -> None:
    """
    Log a mistake of ours, with its traceback.

    @param activity: what was going on, as C{"servers were restarted"}.
    @param server: the user ID of the server that it is about, if it is about one.
    """
    message = said("SSLP198E", activity=activity, **({"server": server} if server else {}))
    log.failure(_format(message.id), failure, messageId=message.id, fields=message.fields)


@cache
def _format(messageId: str) -> str:
    """
    Return a message as a format of Twisted's log.  The fields stay together under a name of their
    own, since some are called as parts of an event are, such as C{format} and C{message}.
    """
    template = re.sub(r"{(\w+)", r"{fields[\1]", CATALOGUE[messageId].text)
    return f"{messageId} {template}"
