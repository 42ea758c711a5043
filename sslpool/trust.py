# -*- test-case-name: tests.test_trust -*-
"""
Whether a socket in the file system is that of somebody who is believed.  Used by commands,
programs and the stack; loads nothing of sslpool before something is refused.

Root and the caller are believed.  The path is followed from the root of the file system as the kernel does, links
included.  In a directory to which nobody else can write, an entry of another user is there because one of those who are
believed has put it there: its owner is believed from there on, as that of C{/run/sslpool}, which root has given to the
user of a stack.  In a sticky directory, such as C{/tmp}, anybody can make entries and nobody can replace those of
others: there an entry has to belong to one of them already.

Along such a path nobody else can put anything in the place of what was looked at.  Who listens is asked of the kernel
all the same, once connected and before anything is sent: that holds whatever has become of the path meanwhile.
"""

from __future__ import annotations

import errno
import os
import pwd
import socket
import stat
import struct
from collections import deque
from collections.abc import Callable, Iterable

_CREDENTIALS = struct.Struct("3i")

POOL = -1
"""
Stands for the user id of the pool's own processes, which have no business with the stack as its callers: one that
calls does somebody else's will, and must not have what the stack's user has.
"""

_MOST_LINKS = 40
"""
So many links the kernel follows in a path (path_resolution(7)).
"""


class Untrusted(PermissionError):
    """
    A socket is not used.

    @ivar said: the message.
    @ivar id: its id.
    @ivar text: the message without its id.
    @ivar reason: what the text says of the reason.
    @ivar foreign: it is another user's, and not only badly protected.
    """

    def __init__(self, messageId: str, foreign: bool, path: str, reason: str) -> None:
        # A program that is refused nothing needs no catalogue.
        from sslpool.messages import said

        self.said, self.foreign, self.reason = said(messageId, path=path, reason=reason), foreign, reason
        self.id, self.text = self.said.id, self.said.text
        super().__init__(errno.EACCES, self.text)

    def __str__(self) -> str:
        """
        Id and text.
        """
        return str(self.said)


class _Path:
    """
    The path to a socket, while it is followed.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._left = deque(os.path.abspath(path).split("/"))
        self._links = 0
        self.believed = {0, os.geteuid()}

    def follow(self) -> None:
        """
        Follow it to its end.
        """
        at = "/"
        shared = self._isShared(at)
        while self._left:
            name = self._left.popleft()
            if name in ("", "."):
                continue
            if name == "..":
                at = os.path.dirname(at)
                shared = self._isShared(at)
                continue
            entry = os.path.join(at, name)
            found = os.lstat(entry)
            self._believe(entry, found, shared)
            if stat.S_ISLNK(found.st_mode):
                at, shared = self._followLink(at, shared, os.readlink(entry))
            elif stat.S_ISDIR(found.st_mode):
                at, shared = entry, self._isShared(entry)
            elif self._left:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), entry)

    def _followLink(self, at: str, shared: bool, target: str) -> tuple[str, bool]:
        self._links += 1
        if self._links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self._path)
        self._left.extendleft(reversed(target.split("/")))
        return ("/", False) if target.startswith("/") else (at, shared)

    def _believe(self, entry: str, found: os.stat_result, shared: bool) -> None:
        """
        @raise Untrusted: the entry is of one who is not believed, and anybody could have made it.
        """
        if found.st_uid in self.believed:
            return
        if shared or not (stat.S_ISDIR(found.st_mode) or stat.S_ISLNK(found.st_mode)):
            raise Untrusted("SSLP660E", True, self._path, f"{entry} belongs to another user, {named(found.st_uid)}")
        if not _isAnybody(found.st_uid):
            self.believed.add(found.st_uid)

    def _isShared(self, directory: str) -> bool:
        """
        Return whether anybody can make entries in a directory, which is sticky then.

        @raise Untrusted: it is not.
        """
        mode = stat.S_IMODE(os.lstat(directory).st_mode)
        if not mode & (stat.S_IWGRP | stat.S_IWOTH):
            return False
        if not mode & stat.S_ISVTX:
            raise Untrusted("SSLP661E", False, self._path, f"others may write to {directory}, its mode is {mode:o}")
        return True


def _isAnybody(uid: int) -> bool:
    """
    Return whether a user id stands for all those that our user namespace does not have
    (user_namespaces(7)): whoever it is, it is nobody in particular.
    """
    try:
        with open("/proc/sys/kernel/overflowuid", "rb") as overflow:
            if uid != int(overflow.read()):
                return False
        with open("/proc/self/uid_map", "rb") as rows:
            ranges = [[int(word) for word in row.split()] for row in rows]
    except OSError:
        return False  # there is no /proc
    return not any(first <= uid < first + count for first, _, count in ranges)


def believedAt(path: str) -> frozenset[int]:
    """
    Return the user ids whose listener at a path is believed.

    @raise Untrusted: SSLP660E, SSLP661E: others could have put it there.
    @raise OSError: nothing is there, or it cannot be looked at.
    """
    way = _Path(path)
    way.follow()
    return frozenset(way.believed)


def peerUid(connection: socket.socket, poolProcesses: Callable[[], Iterable[int]] = tuple) -> int:
    """
    Return the user id of the process at the other end of a UNIX socket, as it was when it
    connected or began to listen (C{SO_PEERCRED}, unix(7)).

    @param poolProcesses: returns the process ids of the pool; of one of these it is L{POOL}.
    @raise OSError: the socket is not connected.
    """
    pid, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return POOL if pid in poolProcesses() else int(uid)


def limitSending(connection: socket.socket, seconds: float) -> None:
    """
    Have a blocking socket wait no longer than this to connect or to send (C{SO_SNDTIMEO}, socket(7)).
    """
    whole = int(seconds)
    limit = struct.pack("@ll", whole, int((seconds - whole) * 1_000_000))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def verifyListener(connection: socket.socket, path: str, believed: frozenset[int]) -> None:
    """
    Make sure of who listens, before anything is sent.

    @param believed: of L{believedAt}, from before the connection was made.
    @raise Untrusted: SSLP662E: it is somebody else.
    """
    uid = peerUid(connection)
    if uid not in believed:
        raise Untrusted("SSLP662E", True, path, f"another user listens there, {named(uid)}")


def named(uid: int) -> str:
    """
    Return what messages call a user.
    """
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
