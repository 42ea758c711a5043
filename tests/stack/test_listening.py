"""
Tests for L{sslpool.stack.listening}.
"""

from __future__ import annotations

import os
import socket
from typing import cast

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, SecurePort
from sslpool.keydb.database import Database
from sslpool.keydb.operations import selfSigned
from sslpool.messages import OperatorError
from sslpool.stack.acceptor import Acceptor
from sslpool.stack.listening import ListeningPorts
from sslpool.stack.ports import Ports, resolved
from sslpool.testing.certificates import makeAuthority, makeDatabase, makeServer
from sslpool.testing.logs import ids


class FakeAcceptor:
    """
    Keeps what it is given.
    """

    def __init__(self, case: SynchronousTestCase) -> None:
        self.keys: list[int] = []
        self._case = case

    def listen(self, port: int, listening: object) -> None:
        """
        Take a listening socket.
        """
        self.keys.append(port)
        self._case.addCleanup(listening.close)  # type: ignore[attr-defined]


class ListeningTests(SynchronousTestCase):
    """
    Which ports are open follows what the key database has.
    """

    def setUp(self) -> None:
        """
        Make a key database with one label, and two ports.
        """
        self.authority = makeAuthority()
        self.keyFile = os.path.abspath(self.mktemp()) + ".kdb"
        makeDatabase(self.keyFile, [makeServer(self.authority, label="WEBCERT", days=365)])
        statements = [
            SecurePort(0, "HTTPD", label, "127.0.0.1", "127.0.0.1:8080", Position("PROFILE.TCPIP", line))
            for line, label in enumerate(("WEBCERT", "MAILCERT"), 1)
        ]
        ports = Ports(statements, resolved)
        self.web, self.mail = (assignment.key for assignment in ports.assignments())
        self.listening = ListeningPorts(ports, self.keyFile)
        self.acceptor = FakeAcceptor(self)
        self.listening.acceptor = cast(Acceptor, self.acceptor)

    def add(self, label: str, days: float = 365) -> None:
        """
        Add a label to the key database.
        """
        with Database.openStashed(self.keyFile) as database:
            database.add(makeServer(self.authority, label=label, days=days))

    def test_start(self) -> None:
        """
        What could be opened is listened on and given to the acceptor when it is to be served, and
        announced then.
        """
        notes = self.listening.open()
        self.assertEqual([note.split()[0] for note in notes], ["SSLP020E"])
        self.assertEqual(self.acceptor.keys, [])
        with capturedLogs() as events:
            self.listening.serve()
        self.assertEqual((self.acceptor.keys, ids(events)), ([self.web], ["SSLP023I"]))

    def test_authority(self) -> None:
        """
        An authority with its key in the database serves no port.
        """
        with Database.openStashed(self.keyFile) as database:
            database.add(selfSigned("MAILCERT", "Our CA", (), usage="authority"))
        self.assertEqual([note.split()[0] for note in self.listening.open()], ["SSLP020E"])

    def test_faster(self) -> None:
        """
        Where another program has begun to listen meanwhile, that is a message, and the port is
        opened by a later REFRESH.
        """
        self.listening.open()
        (entry,) = (each for each in self.listening._opened if each[0] == self.web)

        def refuse(self: object, backlog: int) -> None:
            raise OSError(98, "Address already in use")

        with capturedLogs() as events:
            self.patch(socket.socket, "listen", refuse)
            self.listening.serve()
        self.assertEqual((self.acceptor.keys, ids(events)), ([], ["SSLP021E"]))
        self.assertEqual(self.listening.ports.listeners(), [])
        self.assertEqual(entry[1].fileno(), -1)

    def test_reopen(self) -> None:
        """
        After a REFRESH the acceptor gets what can be opened now, which is announced; nothing else.
        """
        self.listening.open()
        self.listening.serve()
        self.add("MAILCERT")
        with capturedLogs() as events:
            self.assertEqual(self.listening.reopen(), [])
        self.assertEqual((self.acceptor.keys, ids(events)), ([self.web, self.mail], ["SSLP023I"]))

    def test_unreadable(self) -> None:
        """
        A key database that cannot be read stops the start; after a REFRESH it is a message.
        """
        self.listening.open()
        self.listening.serve()
        with open(self.keyFile, "wb") as file:
            file.write(b"not a database" * 1000)
        self.assertRaises(OperatorError, self.listening.open)
        [message] = self.listening.reopen()
        self.assertTrue(message.startswith("SSLP3"), message)
        self.assertEqual(self.acceptor.keys, [self.web])

    def test_expiry(self) -> None:
        """
        A certificate in use that has expired, or soon will, is named; one that no port uses is not.
        """
        self.add("MAILCERT", days=-3)
        self.add("UNUSED", days=-3)
        [note] = self.listening.open()
        self.assertTrue(note.startswith("SSLP026W The certificate of label MAILCERT has expired on "))
        self.listening.serve()

    def test_expiresSoon(self) -> None:
        """
        The notice begins thirty days before.
        """
        self.add("MAILCERT", days=12.5)
        [note] = self.listening.open()
        self.assertTrue(note.startswith("SSLP027W The certificate of label MAILCERT expires on "))
        self.assertTrue(note.endswith(", in 12 days"))
        self.listening.serve()
