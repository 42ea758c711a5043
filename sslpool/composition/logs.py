# -*- test-case-name: tests.test_composition -*-
"""
Where the stack's messages, the servers' lines and keys go.  Lives in the stack process.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.composition.ways import Way
from sslpool.interfaces import IStackReactor
from sslpool.manager.keylogs import KeyLogs
from sslpool.observe.choices import consolesIn
from sslpool.observe.keylog import KeyFile
from sslpool.observe.logs import Logs


@frozen(eq=False)
class LogParts:
    """
    The logs, and who writes keys to their file.
    """

    logs: Logs
    keyLogs: KeyLogs


def makeLogs(reactor: IStackReactor, way: Way) -> LogParts:
    """
    Make the logs; where entries go is chosen when the run directory has been claimed.
    """
    logs = Logs(KeyFile(consolesIn(way.run, way.configuration)))
    return LogParts(logs, KeyLogs(reactor, logs.keys))
