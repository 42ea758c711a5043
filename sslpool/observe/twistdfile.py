# -*- test-case-name: tests.observe.test_twistdfile -*-
"""
The file of the log of twistd, where that is one: made again where somebody has moved or removed it.  twistd itself
would go on in the file that was moved, and at SIGUSR1 too.  Lives in the stack process.
"""

from __future__ import annotations

import os
import stat

from twisted.logger import Logger, LogPublisher
from twisted.python.logfile import BaseLogFile

from sslpool.observe.linefile import Condition, makeDirectory, openRegular
from sslpool.observe.remarks import Remarks
from sslpool.observe.twistdoutput import fileObservers


class TwistdFile:
    """
    The file.

    @param publisher: has the observer that writes to it.
    """

    log = Logger()

    def __init__(self, publisher: LogPublisher) -> None:
        self._publisher = publisher
        self._condition = Condition("")
        self._remarks = Remarks()

    def reopen(self) -> None:
        """
        Make it again where it is missing.
        """
        file = self._found()
        if file is None or _isThere(file):
            return
        condition = self._condition
        condition.path = file.path
        try:
            _make(file)
        except OSError as error:
            condition.fail(error, 0)
        else:
            condition.failed, condition.again = "", True
        self._remarks.about(condition, self.log)

    def _found(self) -> BaseLogFile | None:
        for _, file in fileObservers(self._publisher):
            if isinstance(file, BaseLogFile) and not file.closed:
                return file
        return None


def _isThere(file: BaseLogFile) -> bool:
    status = _statusOf(file)
    try:
        return status is not None and os.path.samestat(os.stat(file.path), status)
    except OSError:
        return False


def _statusOf(file: BaseLogFile) -> os.stat_result | None:
    """
    Return what is known of the file that is written to; C{None} where twistd has closed the old one
    and could not make a new one.
    """
    return None if file._file.closed else os.fstat(file._file.fileno())


def _make(file: BaseLogFile) -> None:
    """
    Go on in the file that is at its path, made with the permissions of the old one where there is none.

    @raise OSError: that is not possible; the old one is gone on with.
    """
    isMissing, status = not os.path.lexists(file.path), _statusOf(file)
    makeDirectory(os.path.dirname(file.path))
    descriptor = openRegular(file.path)
    try:
        if isMissing and status is not None:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    finally:
        os.close(descriptor)
    file.reopen()
