# -*- test-case-name: tests.test_tap -*-
"""
The stack's first and last words in the log.  Lives in the stack process.
"""

from __future__ import annotations

from twisted.application.service import Service
from twisted.logger import Logger

from sslpool import __version__
from sslpool.config.configuration import Configuration
from sslpool.config.operands import operandText
from sslpool.messages import Said
from sslpool.messages.announce import announce, announceSaid


class Announcement(Service):
    """
    The stack's first and last word in the log.

    @param notes: messages about what was found while it was made.
    """

    log = Logger()

    def __init__(self, configuration: Configuration, notes: list[Said]) -> None:
        self._configuration = configuration
        self._notes = notes

    def startService(self) -> None:
        """
        Say that the stack has started.
        """
        super().startService()
        members, limits = self._configuration.members, self._configuration.limits
        announce(
            self.log,
            "SSLP001I",
            stack=self._configuration.stack,
            release=__version__,
            first=members[0],
            last=members[-1],
            sessions=limits.maxSessions,
        )
        for note in self._notes:
            announceSaid(self.log, note)

    def stopService(self) -> None:
        """
        Say that the stack has ended.
        """
        super().stopService()
        announce(self.log, "SSLP002I", stack=self._configuration.stack)


class Operands(Service):
    """
    Says, behind the word about the agent, with which VMSSL operands the servers run.
    """

    log = Logger()

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def startService(self) -> None:
        """
        Say it.
        """
        super().startService()
        announce(self.log, "DTCRUN1011I", parameters=operandText(self._configuration.parameters))
