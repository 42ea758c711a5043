# -*- test-case-name: tests.stack.test_scratch -*-
"""
A directory for the life of a stack that was started without a configuration.  Lives in the stack process.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator

from twisted.application.service import Service


class Scratch(Service):
    """
    A new directory that only its user may enter; removed when the service stops.

    @ivar path: the directory.
    """

    def __init__(self, purpose: str) -> None:
        self.path = tempfile.mkdtemp(prefix=f"sslpool-{purpose}-")
        self._kept: dict[str, tuple[bytes, int]] = {}

    def keep(self) -> None:
        """
        From now on the files that are in the directory are made again where somebody removes them.
        """
        for entry in os.scandir(self.path):
            with open(entry.path, "rb") as file:
                self._kept[entry.name] = file.read(), os.fstat(file.fileno()).st_mode & 0o777

    def tend(self) -> Iterator[str]:
        """
        Make again what somebody has removed, and yield the path of each.

        @raise OSError: that is not possible, or the directory is another user's now.
        """
        if not self._kept:
            return  # whoever has something in it makes it again with that
        if not os.path.isdir(self.path):
            os.mkdir(self.path, 0o700)
            yield self.path
        if os.lstat(self.path).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "it belongs to another user", self.path)
        for name, (octets, mode) in self._kept.items():
            path = os.path.join(self.path, name)
            if not os.path.lexists(path):
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
                with open(descriptor, "wb") as file:
                    file.write(octets)
                yield path

    def stopService(self) -> None:
        """
        Remove the directory with everything in it.
        """
        super().stopService()
        self.remove()

    def remove(self) -> None:
        """
        Remove the directory, also where the service was never started.
        """
        shutil.rmtree(self.path, ignore_errors=True)
