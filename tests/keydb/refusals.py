"""
What the tests of the key database share: expecting a message, and acting as a user without privileges.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import SkipTest

from sslpool.messages import OperatorError

NOBODY = 65534


@contextmanager
def refused(messageId: str, within: str = "") -> Iterator[None]:
    """
    Expect an operator's error with this message id, complete with its fields.

    @param within: what the message says, or a part of it.
    """
    try:
        yield
    except OperatorError as error:
        if error.said.id != messageId:
            raise AssertionError(f"expected {messageId}, got {str(error)}") from error
        if within not in str(error):
            raise AssertionError(f"expected {within}, got {str(error)}") from error
    else:
        raise AssertionError(f"{messageId} expected, but nothing was refused")


@contextmanager
def unprivileged(path: str) -> Iterator[None]:
    """
    Lose root's permission to read and write everything, but reach the directory of C{path}; without effect for others.
    """
    directory = os.path.dirname(os.path.abspath(path))
    os.chmod(directory, 0o755)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        if not os.access(directory, os.X_OK, effective_ids=True):
            raise SkipTest("the working directory is closed to other users")
        yield
    finally:
        os.seteuid(user)
