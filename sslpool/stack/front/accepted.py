# -*- test-case-name: tests.stack.front.test_listeningports -*-
"""
The stack's copy of the key files as they were accepted last, for servers that are started
later.  Lives in the stack process, which decrypts nothing of it.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from sslpool.keydb.accepted import AcceptedFile, readAccepted, succeeding, writeAccepted
from sslpool.keydb.keyfiles import KeyFiles, readKeyFiles
from sslpool.keydb.sources import checkOpens, exposures
from sslpool.messages import OperatorError, Said, said


class AcceptedCopy:
    """
    Keeps the key files.

    @ivar descriptor: of the memory that each server is given; C{None} while nothing has been
        accepted, or where it could not be kept.
    @ivar exposed: the messages about key files that everybody can read, as they were looked at last.
    @param keyFile: absolute path of the KEYFILE.
    """

    def __init__(self, keyFile: str) -> None:
        self.descriptor: int | None = None
        self.exposed: list[Said] = []
        self._keyFile = keyFile
        self._seen: KeyFiles | None = None
        self._problem: Said | str = ""

    def look(self) -> None:
        """
        Read the key files, to be accepted later.
        """
        self._seen, self._problem, self.exposed = None, "", []
        try:
            self._seen = readKeyFiles(self._keyFile)
            self.exposed = exposures(self._seen)
        except OperatorError as error:
            self._problem = error.said

    def vet(self) -> None:
        """
        See that servers could open what was looked at last; nothing is decrypted.

        @raise OperatorError: they could not, or it cannot be read.
        """
        if isinstance(self._problem, Said):
            raise OperatorError(self._problem)
        if self._seen is not None:
            checkOpens(self._seen)

    def accept(self, served: Collection[str], kept: Collection[str] = ()) -> list[Said]:
        """
        Keep what was looked at last.

        @param served: the labels that are served from it.
        @param kept: the labels that are served from what was accepted before.
        @return: the message why it cannot be kept, if it cannot.
        """
        if self._seen is None and not self._problem:
            return []
        before: list[AcceptedFile] = [] if self.descriptor is None else readAccepted(self.descriptor)
        self._close()
        try:
            if self._seen is not None:
                self.descriptor = writeAccepted(succeeding(before, self._seen, served, kept))
        except OSError as error:
            self._problem = error.strerror or str(error)
        problem, self._seen, self._problem = self._problem, None, ""
        return [said("SSLP176W", reason=problem)] if problem else []

    def _close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.descriptor = None
