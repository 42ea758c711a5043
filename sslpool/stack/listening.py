# -*- test-case-name: tests.stack.test_listening -*-
"""
Which secure ports are open: those whose labels the key database has.  Lives in
the stack process.
"""

from __future__ import annotations

import socket
import time

from twisted.application.service import Service

from sslpool.keydb.records import CertificateRecord
from sslpool.keydb.sources import readCertificates
from sslpool.messages import OperatorError, render
from sslpool.stack.acceptor import Acceptor
from sslpool.stack.ports import Ports

EXPIRY_NOTICE = 30
"""
How many days before its expiry a certificate is named.
"""


class ListeningPorts(Service):
    """
    Opens the secure ports whose labels the key database has, and says what is
    to be said about certificates.

    @param ports: the secure ports.
    @param keyFile: absolute path of the key database.
    """

    def __init__(self, ports: Ports, keyFile: str) -> None:
        self.ports = ports
        self._keyFile = keyFile
        self._opened: list[tuple[int, socket.socket]] = []
        self.acceptor: Acceptor

    def open(self) -> list[str]:
        """
        Open what can be opened; return the messages for the rest.

        @raise OperatorError: the key database cannot be read.
        """
        records = [record for record in readCertificates(self._keyFile) if record.hasKey and record.trusted]
        opened, problems = self.ports.open({record.label for record in records})
        self._opened += opened
        secured = {port.label for port in self.ports.assignments()}
        expiries = [_expiry(record, time.time()) for record in records if record.label in secured]
        return [*(problem.text for problem in problems), *filter(None, expiries)]

    def startService(self) -> None:
        """
        Let the acceptor have what has been opened.
        """
        super().startService()
        self._give()
        self.ports.announceOpen()

    def reopen(self) -> list[str]:
        """
        After a REFRESH: open what can be opened now.
        """
        try:
            messages = self.open()
        except OperatorError as error:
            return [error.text]
        self._give()
        return messages

    def _give(self) -> None:
        while self._opened:
            self.acceptor.listen(*self._opened.pop())
'''
'''


def _expiry(record: CertificateRecord, now: float) -> str | None:
    """
    Return the message about a certificate that has expired or soon will.
    """
    date = time.strftime("%Y-%m-%d", time.gmtime(record.notAfter))
    if record.isExpired(now):
        return render("SSLP026W", label=record.label, date=date)
    if record.daysLeft(now) < EXPIRY_NOTICE:
        return render("SSLP027W", label=record.label, date=date, days=record.daysLeft(now))
    return None
