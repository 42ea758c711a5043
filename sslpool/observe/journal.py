# -*- test-case-name: tests.observe.test_journal -*-
"""
A log in the journal of systemd, by its native protocol: one datagram with fields for
each entry (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/).  Lives in the stack process.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import struct
from collections.abc import Sequence
from errno import EMSGSIZE, ENOBUFS

from twisted.logger import Logger
from zope.interface import implementer

from sslpool.observe.linefile import Condition
from sslpool.observe.logs import Entry, ILog
from sslpool.observe.remarks import Remarks

JOURNAL = "/run/systemd/journal/socket"
"""
Where systemd's journal listens.
"""

TOO_LONG = (EMSGSIZE, ENOBUFS)
"""
What the system says of a datagram that is too long.
"""

PRIORITIES = {"critical": 2, "error": 3, "warn": 4, "info": 6}
"""
The syslog priorities of levels (RFC 5424 section 6.2.1).
"""


@implementer(ILog)
class JournalLog:
    """
    The log.

    @ivar condition: whether the journal takes entries, and how many it has not.
    @param path: the socket.
    @param stack: the stack's userid, which every entry has.
    @raise OSError: there is no journal.
    """

    log = Logger()

    def __init__(self, path: str, stack: str) -> None:
        self._path = path
        self._stack = stack
        self.condition = Condition(path)
        self._remarks = Remarks()
        os.stat(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def write(self, entries: Sequence[Entry]) -> None:
        """
        See L{ILog.write}.  The stack does not wait for a journal that is slow.
        """
        for entry in entries:
            try:
                self._send(encoded(fieldsOf(entry, self._stack)))
            except OSError as error:
                self.condition.fail(error, 1)
            else:
                self.condition.failed = ""
            self._remarks.about(self.condition, self.log)

    def reopen(self) -> None:
        """
        See L{ILog.reopen}: the journal has no file of ours.
        """

    def close(self) -> None:
        self._socket.close()

    def _send(self, datagram: bytes) -> None:
        try:
            self._socket.sendto(datagram, self._path)
        except OSError as error:
            if error.errno not in TOO_LONG:
                raise
            self._sendFile(datagram)

    def _sendFile(self, datagram: bytes) -> None:
        """
        Send what is too long for a datagram as a sealed file in memory, as the protocol has it.
        """
        descriptor = os.memfd_create("sslpool", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.write(descriptor, datagram)
            seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor))]
            self._socket.sendmsg([], rights, 0, self._path)
        finally:
            os.close(descriptor)


def fieldsOf(entry: Entry, stack: str) -> list[tuple[str, str]]:
    """
    Return names and values of an entry's fields.
    """
    fields = [
        ("MESSAGE", entry.text),
        ("PRIORITY", str(PRIORITIES.get(entry.level, 6))),
        ("SYSLOG_IDENTIFIER", "sslpool"),
        ("SSLPOOL_STACK", stack),
        ("SSLPOOL_SERVER", entry.server),
        ("SSLPOOL_MESSAGE", entry.messageId),
    ]
    fields += [(f"SSLPOOL_FIELD_{_name(name)}", value) for name, value in entry.fields.items()]
    return [(name, value) for name, value in fields if value]


def encoded(fields: Sequence[tuple[str, str]]) -> bytes:
    """
    Return the datagram; a value with line ends goes with its length.
    """
    parts = []
    for name, value in fields:
        octets = value.encode("utf-8", "backslashreplace")
        if b"\n" in octets:
            parts.append(name.encode("ascii") + b"\n" + struct.pack("<Q", len(octets)) + octets + b"\n")
        else:
            parts.append(name.encode("ascii") + b"=" + octets + b"\n")
    return b"".join(parts)


def _name(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())[:40]
