# -*- test-case-name: tests.commands.gskkyman.test_workbench -*-
"""
What is done beside work on certificates: a key database removed, a key
parameter file written.  C{gskkyman}.
"""

from __future__ import annotations

import os

from sslpool.commands.gskkyman.workbench import PUBLIC
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import parameters
from sslpool.keydb.files import requestsPath, stashPath, syncDirectory, writeNew, writingOf
from sslpool.messages import Said, said


def deleteDatabase(path: str, password: str) -> Said:
    """
    Remove a key database with its requests and its stash.

    @raise sslpool.messages.OperatorError: as L{Database.open}; a password that has expired will do.
    """
    with Database.open(path, password, allowExpired=True) as database, database.changing(), writingOf(path):
        for each in (stashPath(path), requestsPath(path), path):
            if os.path.lexists(each):
                os.unlink(each)
        syncDirectory(path)
    return said("SSLP388I", path=path)


def createParameters(group: str, file: str) -> Said:
    """
    Write a Diffie-Hellman group.
    """
    writeNew(file, parameters(group), PUBLIC)
    return said("SSLP394I", file=file)
