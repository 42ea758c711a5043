# -*- test-case-name: tests.observe.test_journal -*-
"""
Tests for L{sslpool.observe.journal}, with a socket in the journal's place.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import tempfile

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.messages import said
from sslpool.observe.journal import JournalLog, encoded
from sslpool.observe.logs import Entry, ILog
from tests.logs import texts


def decoded(datagram: bytes) -> dict[str, str]:
    """
    Return the fields of a datagram, as the protocol's description has it.
    """
    fields = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", rest)
            value, rest = rest[8 : 8 + length], rest[8 + length + 1 :]
        fields[name.decode()] = value.decode()
        datagram = rest
    return fields


class JournalTests(SynchronousTestCase):
    """
    Entries in the journal.
    """

    def setUp(self) -> None:
        """
        Have a socket that takes datagrams.
        """
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        self.path = os.path.join(directory, "socket")
        self.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.journal.bind(self.path)
        self.journal.setblocking(False)
        self.addCleanup(self.journal.close)
        self.log = JournalLog(self.path, "TCPIP")
        self.addCleanup(self.log.close)

    def test_fields(self) -> None:
        """
        An entry has the journal's own fields, and ours.
        """
        verifyObject(ILog, self.log)
        fields = {"server": "SSL00001", "odd name": "a=b"}
        self.log.write([Entry(1, "warn", "SSLP120W text", "SSLP120W", "SSL00001", fields)])
        self.assertEqual(
            decoded(self.journal.recv(65536)),
            {
                "MESSAGE": "SSLP120W text",
                "PRIORITY": "4",
                "SYSLOG_IDENTIFIER": "sslpool",
                "SSLPOOL_STACK": "TCPIP",
                "SSLPOOL_SERVER": "SSL00001",
                "SSLPOOL_MESSAGE": "SSLP120W",
                "SSLPOOL_FIELD_SERVER": "SSL00001",
                "SSLPOOL_FIELD_ODD_NAME": "a=b",
            },
        )

    def test_lineEnds(self) -> None:
        """
        A text of several lines is one entry, and cannot pass for fields of its own.
        """
        self.log.write([Entry(1, "critical", "one\nPRIORITY=0\nthree")])
        fields = decoded(self.journal.recv(65536))
        self.assertEqual((fields["MESSAGE"], fields["PRIORITY"]), ("one\nPRIORITY=0\nthree", "2"))
        self.assertEqual(encoded([("A", "b\nc")]), b"A\n\x03\0\0\0\0\0\0\0b\nc\n")

    def test_long(self) -> None:
        """
        What is too long for a datagram goes as a file in memory.
        """
        text = "x" * 1_000_000
        self.log.write([Entry(1, "info", text)])
        _, ancillary, _, _ = self.journal.recvmsg(16, socket.CMSG_SPACE(4))
        ((_, _, rights),) = ancillary
        descriptor = struct.unpack("i", rights)[0]
        with os.fdopen(descriptor, "rb") as file:
            file.seek(0)
            self.assertEqual(decoded(file.read())["MESSAGE"], text)

    def test_gone(self) -> None:
        """
        Without a journal entries are lost and counted; nothing waits.  It is said once, and when the
        journal is there again it is said how many.
        """
        self.journal.close()
        with capturedLogs() as events:
            self.log.write([Entry(1, "info", "x"), Entry(1, "info", "y")])
            self.assertEqual(self.log.condition.lost, 2)
            os.unlink(self.path)
            self.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.addCleanup(self.journal.close)
            self.journal.bind(self.path)
            self.log.write([Entry(1, "info", "z")])
        lost = said("SSLP670W", path=self.path, count=2, reason="Connection refused")
        refused = said("SSLP631W", path=self.path, reason="Connection refused")
        self.assertEqual(texts(events), [str(refused), str(lost)])

    def test_slow(self) -> None:
        """
        A journal that does not read loses entries, and does not hold up anybody.
        """
        self.log.write([Entry(1, "info", "x" * 1000)] * 3000)
        self.assertGreater(self.log.condition.lost, 0)
