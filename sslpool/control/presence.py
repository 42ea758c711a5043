# -*- test-case-name: tests.control.test_presence -*-
"""
A stack's presence outside the file system: a name that nobody can unlink.  Lives in the stack process.

The lock's file decides who serves a stack, but a cleaner of temporary files, or C{rm -r}, may remove it with the run
directory while the stack runs.  A listening socket in the abstract namespace of unix(7) has no file.  Its name is only
the way to ask: who listens there says which directory he serves, so that stacks of containers that share a network,
each with a run directory of its own at the same path, are not in each other's way; and whoever is neither root, nor the
user of this stack, nor the owner of the directory is not believed.
"""

from __future__ import annotations

import hashlib
import os
import socket

from attrs import define, field

from sslpool.trust import peerUid

PLACES = 8
"""
How many stacks of the same name and path, with different directories, have a name each.
"""

ANSWER_TIMEOUT = 3.0
"""
How long whoever is asked may take, in seconds; he answers every second.
"""

BATCH = 32

BACKLOG = 4096
"""
How many may ask one that hangs before the next is told that nobody listens: stacks that are started
again and again leave one question each.  The kernel takes less where C{net.core.somaxconn} says so.
"""

LONGEST_ANSWER = 64


@define
class Presence:
    """
    The name of a stack with a run directory.

    @ivar directory: the run directory.
    @ivar stack: the stack's user ID.
    """

    directory: str
    stack: str
    _listening: socket.socket | None = field(default=None, init=False)

    def take(self) -> bool:
        """
        Have the name, and tell whether that is so: C{False} where another process has it for the
        same directory, or for one that it does not say.
        """
        for place in range(PLACES):
            if self._listening is None:
                self._listening = self._bound(self._name(place))
                if self._listening is not None:
                    continue
            if self._isServedBy(self._name(place)):
                self.release()
                return False
        return True

    def answer(self) -> None:
        """
        Tell whoever has asked which directory this is.
        """
        if self._listening is None:
            return
        for _ in range(BATCH):
            try:
                asker, _address = self._listening.accept()
            except OSError:
                return  # nobody asks, or has gone
            with asker:
                asker.setblocking(False)
                try:
                    asker.send(_identity(self.directory))
                except OSError:
                    continue  # it has gone

    def release(self) -> None:
        """
        Give the name up.
        """
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _name(self, place: int) -> bytes:
        whose = os.fsencode(f"{os.path.realpath(self.directory)}\n{self.stack}")
        return b"\0sslpool/%s/%d" % (hashlib.sha256(whose).hexdigest()[:32].encode(), place)

    def _bound(self, name: bytes) -> socket.socket | None:
        """
        Return a socket that listens by a name; C{None} where somebody has it.
        """
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            listening.bind(name)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            return None
        return listening

    def _isServedBy(self, name: bytes) -> bool:
        """
        Tell whether who listens by a name serves this directory.  One that is believed and does
        not answer in time may hang, or be about to start: he is taken for one that does.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(ANSWER_TIMEOUT)
            try:
                asking.connect(name)
                if not self._isBelieved(asking):
                    return False
            except OSError:
                return False  # nobody listens
            try:
                return asking.recv(LONGEST_ANSWER) == _identity(self.directory)
            except TimeoutError:
                return True
            except OSError:
                return False  # he has ended meanwhile

    def _isBelieved(self, asking: socket.socket) -> bool:
        return peerUid(asking) in (0, os.geteuid(), os.stat(self.directory).st_uid)


def _identity(directory: str) -> bytes:
    """
    Return what is said of a directory: the same to everybody who sees the same one.
    """
    try:
        found = os.stat(directory)
    except OSError:
        return b"-"
    return b"%d:%d" % (found.st_dev, found.st_ino)
