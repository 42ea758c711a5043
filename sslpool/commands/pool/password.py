# -*- test-case-name: tests.commands.pool.test_password -*-
"""
C{sslpool password}: gives a user ID a password for the manhole.  A process of its own.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from sslpool.config.values import USERID, isUserid, upperCase
from sslpool.keydb.passwordprompts import newPasswordFor
from sslpool.messages import Said, operatorError, said
from sslpool.passwordfile import PASSWORD_FILE, setPassword


def givePassword(words: Sequence[str], directory: str, fromInput: bool) -> Said:
    """
    Ask for a password, keep what is to be kept of it, and return a message.

    @param words: the user ID.
    @param directory: the configuration directory.
    @param fromInput: read it from standard input, not from the terminal.
    """
    if len(words) > 1:
        raise operatorError("SSLP421E", word=words[1], command="PASSWORD")
    userid = upperCase(words[0]) if words else ""
    if not isUserid(userid):
        raise operatorError("SSLP424E", option="PASSWORD", expected=USERID, word=userid)
    password = newPasswordFor(userid, "-" if fromInput else None, "--stdin")
    path = os.path.join(directory, PASSWORD_FILE)
    setPassword(path, userid, password.encode("utf-8", "surrogateescape"))
    return said("SSLP652I", path=path, userid=userid)
