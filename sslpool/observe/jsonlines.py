# -*- test-case-name: tests.observe.test_logs -*-
"""
A log for programs: one JSON object in each line of a file.  Lives in the stack process.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from twisted.logger import Logger
from zope.interface import implementer

from sslpool.observe.bounded import BoundedFile, Bounds
from sslpool.observe.logs import Entry, ILog
from sslpool.observe.remarks import Remarks


@implementer(ILog)
class JsonLog:
    """
    The log.

    @param path: the file.
    @param stack: the stack's userid, which every line has.
    """

    log = Logger()

    def __init__(self, path: str, stack: str, bounds: Bounds) -> None:
        self._file = BoundedFile(path, bounds)
        self._stack = stack
        self._remarks = Remarks()

    def write(self, entries: Sequence[Entry]) -> None:
        text = "".join(f"{json.dumps(plain(entry, self._stack), ensure_ascii=False)}\n" for entry in entries)
        self._file.write(text)
        self._remarks.about(self._file.condition, self.log)

    def reopen(self) -> None:
        self._file.reopen()
        self._remarks.about(self._file.condition, self.log)

    def close(self) -> None:
        self._file.close()


def plain(entry: Entry, stack: str) -> dict[str, object]:
    """
    Return the object of an entry; what is empty is left out.
    """
    local = datetime.fromtimestamp(entry.when, UTC).astimezone()
    when = local.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known: dict[str, object] = {
        "time": when,
        "level": entry.level,
        "stack": stack,
        "server": entry.server,
        "messageId": entry.messageId,
        "text": entry.text,
        "fields": entry.fields,
    }
    return {name: value for name, value in known.items() if value}
