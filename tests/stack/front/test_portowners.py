"""
Tests for L{sslpool.stack.front.portowners}, with real sockets.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import tempfile

from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import said
from sslpool.stack.front import portowners as module
from sslpool.stack.front.listeningsockets import boundSocket, listeningSocket
from sslpool.stack.front.portowners import Neighbours, alike


class NeighboursTests(SynchronousTestCase):
    """
    Whether another program listens, or the port is in use otherwise.
    """

    def listening(self, host: str) -> int:
        """
        Listen; return the port.
        """
        other = listeningSocket(host, 0)
        self.addCleanup(other.close)
        number: int = other.getsockname()[1]
        return number

    def test_listens(self) -> None:
        """
        A listening socket is seen by its address and by all of its family, and by no other.
        """
        four, six, every = self.listening("127.0.0.9"), self.listening("::1"), self.listening("0.0.0.0")
        for host, number, expected in (
            ("127.0.0.9", four, True),
            ("0.0.0.0", four, True),
            ("127.0.0.8", four, False),
            ("::1", four, False),
            ("::1", six, True),
            ("::", six, True),
            ("127.0.0.1", six, False),
            ("127.0.0.1", every, True),
        ):
            self.assertIs(Neighbours().listens(host, number), expected, (host, number))

    def test_dualStack(self) -> None:
        """
        A socket for all addresses of both families keeps IPv4 from listening.
        """
        other = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.addCleanup(other.close)
        number = other.getsockname()[1]
        self.assertRaises(OSError, listeningSocket, "127.0.0.1", number)
        self.assertTrue(Neighbours().listens("127.0.0.1", number))

    def test_alike(self) -> None:
        """
        Where a port is taken, another stack of the same name is named first; not this one, nor what does not listen.
        """
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        paths = [os.path.join(directory, each, "SAME.sock") for each in ("a", "b b", "own", "idle")]
        for path in paths:
            os.makedirs(os.path.dirname(path))
            other = socket.socket(socket.AF_UNIX)
            self.addCleanup(other.close)
            other.bind(path)
            if "idle" not in path:
                other.listen()
        taken = [said("SSLP020E", port=1, label="A"), said("SSLP021E", local="0.0.0.0:1")]
        self.assertEqual(alike(paths[2], taken), [said("SSLP187W", stack="SAME", paths=f"{paths[0]} and {paths[1]}")])
        self.assertEqual(alike(paths[2], taken[:1]), [])
        self.assertEqual(alike(paths[2].replace("SAME", "OTHER"), taken), [])

    def test_alikeUnknown(self) -> None:
        """
        Where the system does not say, or says something else, nobody is named.
        """
        strange = self.mktemp()
        with open(strange, "w", encoding="utf-8") as file:
            file.write("Num\nhello\n")
        for path in (strange, "/nonexistent"):
            self.patch(module, "UNIX_TABLE", path)
            self.assertEqual(alike("/run/SAME.sock", [said("SSLP021E", local="0.0.0.0:1")]), [])

    def test_outgoing(self) -> None:
        """
        A port that an outgoing connection happens to have is not one on which another program listens.
        """
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        client = socket.create_connection(server.getsockname())
        self.addCleanup(client.close)
        number = client.getsockname()[1]
        error = self.assertRaises(OSError, boundSocket, "0.0.0.0", number)
        refusal = Neighbours().refusal(f"0.0.0.0:{number}", error)
        text = f"SSLP028E 0.0.0.0:{number} is not opened: the port is in use, but no program listens there"
        self.assertEqual(str(refusal), text)

    def test_silent(self) -> None:
        """
        Where the system does not say, another program listens, as most often.
        """
        self.patch(module, "TABLES", ("/nowhere", "/nowhere"))
        self.assertIsNone(Neighbours().listens("127.0.0.1", 1))
        refusal = Neighbours().refusal("127.0.0.1:1", OSError(errno.EADDRINUSE, "in use"))
        self.assertEqual(refusal.said.id, "SSLP021E")
