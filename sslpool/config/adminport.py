# -*- test-case-name: tests.config.test_adminport -*-
"""
C{:admin_port.} of the pool's entry, which is ours: where the stack may be administered
from other machines.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from sslpool.config.configuration import AdminPort
from sslpool.config.dtcparms import Entry
from sslpool.config.sources import Sources

EXPECTED = "[address:]port label [label of an authority]"

_LABEL = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_EVERY = "0.0.0.0"


def adminPort(pool: Entry, sources: Sources) -> AdminPort | None:
    """
    Return where remote administration is to be, or C{None} for nowhere.
    """
    tag = pool.tags.get("ADMIN_PORT")
    if tag is None:
        return None
    words = [word.text for word in tag.words()]
    found = None if len(words) < 2 else _adminPort(words[0], words[1].upper(), " ".join(words[2:]))
    if found is None:
        read = " ".join(words) or "nothing"
        place = pool.place("ADMIN_PORT")
        sources.findings.add("SSLP202E", place, statement=":admin_port.", found=read, expected=EXPECTED)
    return found


def _adminPort(where: str, label: str, authority: str) -> AdminPort | None:
    host, colon, port = where.rpartition(":")
    try:
        address = str(ip_address(host.removeprefix("[").removesuffix("]"))) if colon else _EVERY
    except ValueError:
        return None
    if not _PORT.fullmatch(port) or not 1 <= int(port) <= 65_535 or not _LABEL.fullmatch(label):
        return None
    return AdminPort(address, int(port), label, authority)
