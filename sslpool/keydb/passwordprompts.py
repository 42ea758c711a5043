# -*- test-case-name: tests.keydb.test_passwordprompts -*-
"""
Where passwords come from: a file, or the terminal; never an argument, which
everybody on the machine can read.  C{gskkyman}; the servers for PKCS #12.
"""

from __future__ import annotations

import getpass
import sys

from sslpool.keydb.files import readFile
from sslpool.messages import operatorError

_STANDARD_INPUT = "-"


def passwordIn(path: str) -> str:
    """
    Return the password on the first line of the file C{path}, or on the next line of standard input where it is C{-}.

    @raise sslpool.messages.OperatorError: SSLP321E it is empty, and as L{sslpool.keydb.files.readFile}.
    """
    if path == _STANDARD_INPUT:
        return _given(sys.stdin.readline(), "standard input")
    return passwordOf(readFile(path), path)


def passwordOf(content: bytes, source: str) -> str:
    """
    Return the password on the first line of C{content}.

    @raise sslpool.messages.OperatorError: SSLP321E, it is empty.
    """
    # Octets that are not UTF-8 are kept, as a terminal gives them.
    return _given(content.decode("utf-8", "surrogateescape"), source)


def passwordFor(what: str, file: str | None, option: str) -> str:
    """
    Return a password that exists already: from C{file} if there is one, or from the terminal.

    @param what: what it opens.
    @param option: the option that names a file, for the message.
    @raise sslpool.messages.OperatorError: SSLP321E empty, SSLP326E no file and no terminal, and as L{passwordIn}.
    """
    return passwordIn(file) if file is not None else _ask(f"Enter password for {what}: ", what, option)


def newPasswordFor(what: str, file: str | None, option: str) -> str:
    """
    As L{passwordFor}, for a password that is to be: the terminal asks twice.

    @raise sslpool.messages.OperatorError: also SSLP327E, not twice the same.
    """
    if file is not None:
        return passwordIn(file)
    password = _ask(f"Enter new password for {what}: ", what, option)
    if _ask(f"Re-enter new password for {what}: ", what, option) != password:
        raise operatorError("SSLP327E")
    return password


def _given(text: str, source: str) -> str:
    password = text.split("\n", 1)[0].rstrip("\r")
    if not password:
        raise operatorError("SSLP321E", path=source)
    return password


def isTerminal() -> bool:
    """
    Whether there is somebody to ask.
    """
    return sys.stdin.isatty()


def _ask(prompt: str, what: str, option: str) -> str:
    if not isTerminal():
        raise operatorError("SSLP326E", what=what, option=option)
    try:
        password = getpass.getpass(prompt)
    except EOFError:
        password = ""
    if not password:
        raise operatorError("SSLP321E", path=what)
    return password
