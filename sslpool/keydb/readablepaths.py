# -*- test-case-name: tests.keydb.test_readablepaths -*-
"""
Where the files of a key file are, and the system's authorities: the directories that a server must be able to read
when it can read nothing else.  Servers.

It is directories, since renewed files are other files under the same names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

from sslpool.keydb.files import stashPath
from sslpool.keydb.stapling import SUFFIX

AUTHORITIES = """
    /etc/ssl/certs /etc/pki/tls/certs /etc/pki/ca-trust/extracted /etc/ca-certificates /var/lib/ca-certificates
    /usr/share/ca-certificates /usr/local/share/ca-certificates
"""
"""
Where distributions have the authorities that C{CA SYSTEM} of the secure client is about: the TLS library reads them as
it needs them.
"""

Identity = tuple[int, int]


def authorities(environment: Mapping[str, str]) -> list[str]:
    """
    Return the directories of the system's authorities.

    @param environment: may have others, in the TLS library's own variables.
    """
    named = [path for path in environment.get("SSL_CERT_DIR", "").split(":") if path]
    if file := environment.get("SSL_CERT_FILE"):
        named += [os.path.dirname(os.path.abspath(file)), os.path.dirname(os.path.realpath(file))]
    return list(dict.fromkeys(named or AUTHORITIES.split()))


def directoriesOf(keyFile: str) -> list[str]:
    """
    Return the directories of a key file, of its stash and of the OCSP responses beside it; where one is a symbolic
    link, also that of what it leads to.
    """
    folder = os.path.dirname(os.path.abspath(keyFile))
    names = [keyFile, stashPath(keyFile)]
    with suppress(OSError):
        names += [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(SUFFIX)]
    return list(dict.fromkeys([folder, *(os.path.dirname(os.path.realpath(name)) for name in names)]))


class ReadablePaths:
    """
    The directories of a key file that a server could read at one moment.

    @ivar directories: their names.
    """

    def __init__(self, keyFile: str) -> None:
        self._keyFile = keyFile
        self.directories = directoriesOf(keyFile) if keyFile else []
        self._identities = {identity for path in self.directories if (identity := _identityOf(path)) is not None}

    def left(self) -> str:
        """
        Return a directory that the key file needs now and that is none of these, nor beneath one: it was made
        in the place of another, or a link leads to it now.  Empty where there is none.
        """
        # Which files there are cannot be found out in a directory that cannot be read: the key file's own counts.
        wanted = {os.path.dirname(os.path.abspath(self._keyFile)), os.path.dirname(os.path.realpath(self._keyFile))}
        return next((path for path in sorted(wanted) if self._keyFile and not self._has(path)), "")

    def _has(self, path: str) -> bool:
        if _identityOf(path) is None:
            return True  # who opens the file says what is wrong
        while (identity := _identityOf(path)) not in self._identities:
            if path == os.path.dirname(path) or identity is None:
                return False
            path = os.path.dirname(path)
        return True


def _identityOf(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
