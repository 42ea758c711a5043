# -*- test-case-name: tests.stack.test_scratch -*-
"""
A directory for the life of a stack that was started without a configuration.
Lives in the stack process.
"""

from __future__ import annotations

import shutil
import tempfile

from twisted.application.service import Service


class Scratch(Service):
    """
    A new directory that only its user may enter; removed when the service stops.

    @ivar path: the directory.
    """

    def __init__(self, purpose: str) -> None:
        self.path = tempfile.mkdtemp(prefix=f"sslpool-{purpose}-")

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
