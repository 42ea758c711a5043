# -*- test-case-name: tests.config.test_vmlink -*-
"""
The C{:vmlink.} tag: in which file pool the members of the pool have their work spaces.  Pure;
used in the stack process and by C{sslpool}.
"""

from __future__ import annotations

import re

from sslpool.config.configuration import WorkSpaces
from sslpool.config.dtcparms import Entry
from sslpool.config.sources import Sources

_NAME = r"[A-Za-z0-9@#$_-]{1,8}"
_PATH = r"/[^\s():<>,;]+"
_SPACE = re.compile(
    rf"\.DIR\s+({_NAME}|{_PATH}):([A-Z0-9@#$_+-]{{1,8}})\.([A-Z0-9@#$_]{{1,16}})(?:\s.*)?", re.IGNORECASE | re.DOTALL
)


def isFilePool(text: str) -> bool:
    """
    Whether C{text} can be a file pool: a name, or the absolute path of a directory.
    """
    return re.fullmatch(f"{_NAME}|{_PATH}", text) is not None and text.isprintable()


def filePool(text: str) -> str:
    """
    Return a file pool as it is compared: names are in upper case, paths as they are.
    """
    return text if text.startswith("/") else text.upper()


def workSpaces(pool: Entry, sources: Sources) -> WorkSpaces | None:
    """
    Return the work spaces that C{:vmlink.} of the pool's entry names; C{None} where it names none.
    """
    tag = pool.tags.get("VMLINK")
    if tag is None:
        return None
    if not pool.nick.endswith("*"):
        sources.findings.add("SSLP545I", tag.position, nick=pool.nick)
        return None
    match = _SPACE.fullmatch(tag.text)
    if match is None:
        sources.findings.add("SSLP543I", tag.position, found=tag.text or "nothing")
        return None
    spaces = WorkSpaces(filePool(match[1]), match[2].upper(), pool.nick.removesuffix("*"), tag.position)
    directory = f"{spaces.owner}.{match[3].upper()}"
    if directory != spaces.common:
        sources.findings.add("SSLP544W", tag.position, nick=pool.nick, found=directory, expected=spaces.common)
        return None
    return spaces
