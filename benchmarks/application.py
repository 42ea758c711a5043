"""
The cleartext application of the benchmarks: one loop over many connections.

On each connection, repeated: C{p} is answered with C{P}; C{d} and eight octets (a length, little-endian) with that many
octets; C{u}, eight octets and that many octets with C{U}.
"""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attrs import define

CHUNK = bytes(1 << 18)


@define
class Conversation:
    """
    One connection.

    @ivar connection: its socket.
    @ivar head: what has come of a command that is not complete.
    @ivar incoming: how much of an upload is still to come.
    @ivar outgoing: how much of a download is still to be sent.
    """

    connection: socket.socket
    head: bytes = b""
    incoming: int = 0
    outgoing: int = 0

    def read(self, buffer: bytearray) -> bool:
        """
        Take what has come; return whether the connection goes on.
        """
        try:
            length = self.connection.recv_into(buffer)
        except BlockingIOError:
            return True
        octets = memoryview(buffer)[:length]
        while octets and not self.outgoing:
            octets = self._upload(octets) if self.incoming else self._command(octets)
        return length > 0

    def write(self) -> None:
        """
        Send more of a download.
        """
        while self.outgoing:
            try:
                self.outgoing -= self.connection.send(memoryview(CHUNK)[: self.outgoing])
            except BlockingIOError:
                return

    def _upload(self, octets: memoryview) -> memoryview:
        taken = min(self.incoming, len(octets))
        self.incoming -= taken
        if not self.incoming:
            self.connection.send(b"U")
        return octets[taken:]

    def _command(self, octets: memoryview) -> memoryview:
        if not self.head and bytes(octets[:1]) == b"p":
            self.connection.send(b"P")
            return octets[1:]
        missing = 9 - len(self.head)
        self.head += octets[:missing].tobytes()
        if len(self.head) == 9:
            length = int.from_bytes(self.head[1:], "little")
            if self.head[:1] == b"d":
                self.outgoing = length
                self.write()
            else:
                self.incoming = length
            self.head = b""
        return octets[missing:]


def serve(listening: socket.socket) -> None:
    """
    Be the application until the process is killed.
    """
    listening.setblocking(False)
    buffer = bytearray(1 << 18)
    present: dict[int, Conversation] = {}
    with select.epoll() as poll:
        poll.register(listening.fileno(), select.EPOLLIN)
        while True:
            for descriptor, events in poll.poll():
                if descriptor == listening.fileno():
                    connection = listening.accept()[0]
                    connection.setblocking(False)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    present[connection.fileno()] = Conversation(connection)
                    poll.register(connection.fileno(), select.EPOLLIN)
                    continue
                conversation = present[descriptor]
                goesOn = False
                with suppress(ConnectionError):
                    if events & select.EPOLLOUT:
                        conversation.write()
                    goesOn = conversation.read(buffer) if events & ~select.EPOLLOUT else True
                if goesOn:
                    wanted = select.EPOLLOUT if conversation.outgoing else select.EPOLLIN
                    poll.modify(descriptor, wanted)
                else:
                    poll.unregister(descriptor)
                    present.pop(descriptor).connection.close()


@contextmanager
def application() -> Iterator[int]:
    """
    Run the application in a process of its own, and give its port.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        pid = os.fork()
        if pid == 0:
            try:
                serve(listening)
            finally:
                os._exit(1)
        try:
            yield int(listening.getsockname()[1])
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
