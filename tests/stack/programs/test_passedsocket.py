"""
Tests for L{sslpool.stack.programs.passedsocket}.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from sslpool.stack.programs.passedsocket import (
    MOST_DESCRIPTORS,
    BadSocket,
    Passed,
    addressOf,
    connectedSocket,
    hostOf,
    receive,
)
from sslpool.wire.requests import LONGEST
from tests.openfiles import openDescriptors
from tests.server.ends import tcpPair


class PassedCase(SynchronousTestCase):
    """
    A test with a conversation.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.program, self.stack = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.stack.setblocking(False)
        for each in (self.program, self.stack):
            self.addCleanup(each.close)

    def keep(self, connection: socket.socket) -> socket.socket:
        """
        Have a socket closed with the test.
        """
        self.addCleanup(connection.close)
        return connection

    def passed(self, descriptors: Sequence[int], message: bytes = b"x") -> Passed:
        """
        Pass descriptors.
        """
        socket.send_fds(self.program, [message], list(descriptors))
        return receive(self.stack)


class ReceiveTests(PassedCase):
    """
    L{receive}.
    """

    def test_nothing(self) -> None:
        """
        Without a message there is nothing; where the program has gone, an empty one.
        """
        self.assertRaises(BlockingIOError, receive, self.stack)
        self.program.close()
        self.assertEqual(receive(self.stack), Passed(b"", ()))

    def test_long(self) -> None:
        """
        Of a message that is too long, so much comes that one sees it.
        """
        self.assertEqual(len(self.passed((), b"x" * (LONGEST * 4)).message), LONGEST + 1)

    def test_many(self) -> None:
        """
        Descriptors beyond the most are closed by the kernel, and the others can be.
        """
        before = openDescriptors()
        passed = self.passed([0] * 40)
        self.assertEqual(len(passed.descriptors), MOST_DESCRIPTORS)
        self.assertFalse(any(os.get_inheritable(each) for each in passed.descriptors))
        passed.close()
        self.assertEqual(openDescriptors(), before)


class ConnectedTests(PassedCase):
    """
    L{connectedSocket}.
    """

    def refused(self, descriptors: Sequence[int], reason: str) -> None:
        """
        Assert that what is passed is refused, and nothing is left of it.
        """
        before = openDescriptors()
        passed = self.passed(descriptors)
        error = self.assertRaises(BadSocket, connectedSocket, passed)
        passed.close()
        self.assertIn(reason, str(error))
        self.assertEqual(openDescriptors(), before)

    def test_connected(self) -> None:
        """
        Either end of a TCP connection is taken, IPv4 or IPv6, with its address.
        """
        for end in tcpPair():
            taken = self.keep(connectedSocket(self.passed([self.keep(end).fileno()])))
            self.assertEqual(taken.getsockname(), end.getsockname())
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
            connecting = self.keep(socket.create_connection(listening.getsockname()[:2]))
            self.keep(listening.accept()[0])
        taken = self.keep(connectedSocket(self.passed([connecting.fileno()])))
        self.assertEqual(addressOf(taken.getpeername()), f"[::1]:{connecting.getpeername()[1]}")

    def test_count(self) -> None:
        """
        It must be one.
        """
        connecting, accepted = tcpPair()
        self.refused((), "no descriptors came")
        self.refused((self.keep(connecting).fileno(), self.keep(accepted).fileno()), "2 descriptors came")

    def test_otherThings(self) -> None:
        """
        Files, pipes, and sockets of other kinds are refused.
        """
        with open("/dev/null", "rb") as file:
            self.refused([file.fileno()], "not a socket")
        pipe = os.pipe()
        self.refused([pipe[0]], "not a socket")
        for end in pipe:
            os.close(end)
        for one, other in (socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)):
            self.refused([self.keep(one).fileno()], "not a TCP socket")
            self.keep(other)
        self.refused([self.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).fileno()], "not a TCP socket")
        self.refused([self.program.fileno()], "not a TCP socket")

    def test_notConnected(self) -> None:
        """
        So are sockets without a connection.
        """
        self.refused([self.keep(socket.socket()).fileno()], "not connected")
        self.refused([self.keep(socket.create_server(("127.0.0.1", 0))).fileno()], "a listening one")
        connecting, accepted = map(self.keep, tcpPair())
        accepted.close()
        self.refused([connecting.fileno()], "one side has closed it")
        connecting, accepted = map(self.keep, tcpPair())
        connecting.shutdown(socket.SHUT_RDWR)
        self.refused([connecting.fileno()], "one side has closed it")


class AddressTests(SynchronousTestCase):
    """
    Addresses as text.
    """

    def test_text(self) -> None:
        """
        IPv6 goes in brackets; the zone of a link-local address is left out.
        """
        self.assertEqual(addressOf(("192.0.2.1", 80)), "192.0.2.1:80")
        self.assertEqual(addressOf(("fe80::1%eth0", 80)), "[fe80::1]:80")
        self.assertEqual(hostOf(("fe80::1%eth0", 80)), "fe80::1")
