"""
The wall clock as processes see it: set by libfaketime while they run, as NTP or a
resumed virtual machine sets it.  The monotonic clock is left as it is.
"""

from __future__ import annotations

import contextlib
import glob
import os

from tests.live.installed import PACKAGES

PACKAGE = "libfaketime"
HOUR = 3600


class WallClock:
    """
    A wall clock that can be set.

    @ivar offset: by how many seconds it is ahead of the machine's.
    @param path: a file that is there as long as the processes.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.set(0)

    def set(self, offset: int) -> None:
        """
        Set the clock: all processes have it so when they look at it the next time.
        """
        self.offset = offset
        written = f"{self._path}.new"
        with open(written, "w", encoding="ascii") as file:
            file.write(f"{offset:+d}\n")
        os.replace(written, self._path)

    @property
    def variables(self) -> dict[str, str]:
        """
        What a process, and those that it starts, must find in its environment.
        """
        return {
            "LD_PRELOAD": glob.glob(PACKAGES[PACKAGE])[0],
            "FAKETIME_TIMESTAMP_FILE": self._path,
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # The times of files are not the clock's.
            "NO_FAKE_STAT": "1",
        }

    @property
    def launcher(self) -> tuple[str, ...]:
        """
        A command that starts another with these variables.
        """
        return ("env", *(f"{name}={value}" for name, value in self.variables.items()))

    @staticmethod
    def forget(pid: int) -> None:
        """
        Remove what the library leaves in shared memory where its first process was killed.
        """
        for name in (f"sem.faketime_sem_{pid}", f"faketime_shm_{pid}"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"/dev/shm/{name}")
