"""
Tests for L{sslpool.wire.datagrams}.
"""

from __future__ import annotations

import os
import socket
from hashlib import sha256

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.wire import cachebook, member
from sslpool.wire.assignment import Address, Assignment, PortAssignment, TimeLimits
from sslpool.wire.datagrams import VERSION, OtherBuild, receiveRecord, sendRecord
from sslpool.wire.launching import Beginning, Ended, Launch, Launched, Ready, Sandbox
from sslpool.wire.offer import packOffer
from sslpool.wire.segment import RETURNED, Region, seatSize


class DatagramTests(SynchronousTestCase):
    """
    Records and descriptors between stack and agent.
    """

    def setUp(self) -> None:
        """
        Make a pair.
        """
        self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(self.near.close)
        self.addCleanup(self.far.close)
        self.near.setblocking(False)
        self.far.setblocking(False)

    def test_records(self) -> None:
        """
        Every record of both directions arrives as it was sent, each in its own datagram.
        """
        records = [Beginning(ServerParameters(), 600), Launch(1), Ready(), Launched(1, 2), Ended(1, "é")]
        for record in records:
            sendRecord(self.near, record)
        for record in records:
            self.assertEqual(receiveRecord(self.far, type(record)), (record, []))

    def test_choice(self) -> None:
        """
        The receiver may expect one of several kinds.
        """
        sendRecord(self.near, Ready())
        sendRecord(self.near, Ended(1, "ended by itself"))
        expected = Ready | Launched | Ended
        self.assertEqual(receiveRecord(self.far, expected), (Ready(), []))
        self.assertEqual(receiveRecord(self.far, expected), (Ended(1, "ended by itself"), []))

    def test_descriptors(self) -> None:
        """
        Descriptors arrive as duplicates that a program started later does not inherit.
        """
        one, two = os.pipe()
        self.addCleanup(os.close, one)
        self.addCleanup(os.close, two)
        sendRecord(self.near, Launch(1), (one, two))
        received = receiveRecord(self.far, Launch)
        assert received is not None
        record, descriptors = received
        for descriptor in descriptors:
            self.addCleanup(os.close, descriptor)
        self.assertEqual(record, Launch(1))
        self.assertTrue(all(map(os.path.sameopenfile, descriptors, (one, two))))
        self.assertEqual([os.get_inheritable(descriptor) for descriptor in descriptors], [False, False])

    def test_nothing(self) -> None:
        """
        Nothing yet and never more are not the same.
        """
        self.assertRaises(BlockingIOError, receiveRecord, self.far, Ready)
        self.near.close()
        self.assertIsNone(receiveRecord(self.far, Ready))
        self.assertRaises(OSError, sendRecord, self.far, Ready())

    def test_strange(self) -> None:
        """
        What is not JSON, or not such a record, is refused.
        """
        for octets in (b"{", b'{"number": "one", "member": 0}', b"[]"):
            self.near.send(b"%d 1.0\n%s" % (VERSION, octets))
            error = self.assertRaises(ValueError, receiveRecord, self.far, Launch)
            self.assertNotIsInstance(error, OtherBuild)
        for octets in (b"\xff\n{}", b'{"number": 1}', b"x 1.0\n{}"):
            self.near.send(octets)
            self.assertRaises(ValueError, receiveRecord, self.far, Launch)

    def test_otherBuild(self) -> None:
        """
        What another build says is not read, whatever it is; its release is known.
        """
        for record in (b'{"number": 1}', b"whatever"):
            one, other = os.pipe()
            socket.send_fds(self.near, [b"%d 99.1\n%s" % (VERSION + 1, record)], [one])
            os.close(one)
            error = self.assertRaises(OtherBuild, receiveRecord, self.far, Launch)
            self.assertEqual(str(error), "99.1")
            # Nobody has the descriptor that came with it.
            self.assertRaises(BrokenPipeError, os.write, other, b"x")
            os.close(other)


class VersionTests(SynchronousTestCase):
    """
    L{VERSION} stands for what builds share.
    """

    def test_shared(self) -> None:
        """
        Where one of these changes, the sum is to be written down here, and L{VERSION} raised where a release has it.
        """
        records = (Beginning, Sandbox, Launch, Ready, Launched, Ended, Assignment, PortAssignment, TimeLimits, Address)
        shared = [
            *(f"{kind.__name__} {field.name} {field.type}" for kind in records for field in fields(kind)),
            *(f"{each.commandName!r} {[name for name, _ in each.arguments]}" for each in member.COMMANDS),
            *(f"{name} {index}" for name, index in sorted(vars(Region).items()) if isinstance(index, int)),
            f"{packOffer(1, 2, 3, '::1', 4)!r} {seatSize(10)} {cachebook.WORDS} {RETURNED}",
        ]
        written = {1: "35620773572bf2c3"}
        self.assertEqual({VERSION: sha256("\n".join(shared).encode()).hexdigest()[:16]}, written)
