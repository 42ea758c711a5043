# -*- test-case-name: tests.manager.test_starter -*-
"""
What connects the stack with the agent's process: the pair on which both speak,
and the process's output and end.  Lives in the stack process.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Protocol

from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from sslpool.interfaces import IStackReactor
from sslpool.pool.exits import exitReason
from sslpool.readers import Reader
from sslpool.wire.datagrams import OtherBuild, receiveRecord, sendRecord
from sslpool.wire.launching import Ended, Launched, Ready

LONGEST_LINE = 16384
"""
The most of a line without end that is kept, in octets.
"""


class IAgentListener(Protocol):
    """
    Who hears from the agent.
    """

    def heard(self, record: object) -> None:
        """
        The agent has said something.
        """

    def garbled(self, reason: str) -> None:
        """
        The agent has said what cannot be.
        """

    def differs(self, release: str) -> None:
        """
        The agent is of another build.
        """

    def complain(self, line: str) -> None:
        """
        The agent or a server has written a line.
        """

    def processEnded(self, reason: str) -> None:
        """
        The agent's process has ended.
        """


class AgentPair(Reader):
    """
    The stack's end of the pair that it shares with the agent.

    @param listener: hears what the agent says.
    @param pair: the stack's socket of the pair.
    """

    def __init__(self, listener: IAgentListener, reactor: IStackReactor, pair: socket.socket) -> None:
        pair.setblocking(False)
        self._listener = listener
        self._reactor = reactor
        self.watched = self._pair = pair
        reactor.addReader(self)

    def send(self, record: object, descriptors: tuple[int, ...] = ()) -> None:
        """
        Send a record.

        @raise OSError: the agent has gone, or its buffer is full.
        """
        sendRecord(self._pair, record, descriptors)

    def close(self) -> None:
        """
        Let go of the pair; the agent then ends.
        """
        if self._pair.fileno() >= 0:
            self._reactor.removeReader(self)
            self._pair.close()

    def doRead(self) -> None:
        """
        Pass on what the agent says.
        """
        with suppress(BlockingIOError):
            if not self._hear() and self._pair.fileno() >= 0:
                # Its process ends as well, and that is when it counts.
                self._reactor.removeReader(self)

    def drain(self) -> None:
        """
        Pass on everything that a dead agent has said.
        """
        with suppress(BlockingIOError):
            while self._pair.fileno() >= 0 and self._hear():
                pass

    def _hear(self) -> bool:
        """
        Pass on one record; C{False} where there will be none any more.

        @raise BlockingIOError: there is none yet.
        """
        try:
            received = receiveRecord(self._pair, Ready | Launched | Ended)
        except ConnectionError:
            return True  # it died without reading what it was sent; its own words come after that
        except OtherBuild as error:
            self._listener.differs(str(error))
            return False
        except ValueError:
            self._listener.garbled("it sent an invalid record")
            return False
        if received is None:
            return False
        record, descriptors = received
        for descriptor in descriptors:
            os.close(descriptor)
        self._listener.heard(record)
        return True

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor has lost the descriptor.
        """
        self.close()


class AgentProtocol(ProcessProtocol):
    """
    The agent's process: its last words and its end.  Servers inherit its
    standard error output, so that theirs arrive here as well.

    @param listener: hears of them.
    """

    def __init__(self, listener: IAgentListener) -> None:
        self._listener = listener
        self._partial = b""

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """
        Something unforeseen was written, by the agent or by a server.
        """
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._listener.complain(line.decode("utf-8", "replace"))
        if len(self._partial) > LONGEST_LINE:
            self._listener.complain(self._partial.decode("utf-8", "replace"))
            self._partial = b""

    def processExited(self, reason: Failure) -> None:
        """
        The agent has ended.  Its output may stay open in servers for longer.
        """
        ended = reason.value
        assert isinstance(ended, (ProcessDone, ProcessTerminated))
        self._listener.processEnded(exitReason(ended.status))
