# -*- test-case-name: tests.config.test_adminport -*-
"""
C{:admin_port.} of the pool's entry, which is ours: where the stack may be administered
from other machines.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sslpool.config.configuration import AdminPort, SecurePort
from sslpool.config.dtcparms import Entry
from sslpool.config.sources import Sources
from sslpool.config.values import listeningAddress, loopback, overlap

EXPECTED = "[address:]port label [label of an authority]"

_LABEL = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_EVERY = "0.0.0.0"


def adminPort(pool: Entry, ports: Iterable[SecurePort], sources: Sources) -> AdminPort | None:
    """
    Return where remote administration is to be, or C{None} for nowhere.

    @param ports: the secure ports, which have theirs first.
    """
    tag = pool.tags.get("ADMIN_PORT")
    if tag is None:
        return None
    words = [word.text for word in tag.words()]
    found = None if len(words) < 2 else _adminPort(words[0], words[1].upper(), " ".join(words[2:]))
    if found is None:
        read = " ".join(words) or "nothing"
        pool.wrong("ADMIN_PORT", read, EXPECTED, sources.findings)
        return None
    for port in ports:
        if port.number == found.number and any(overlap(bind, found.host) for bind in _binds(port)):
            place, line = pool.place("ADMIN_PORT"), port.position.line
            sources.findings.add("SSLP225W", place, local=found.local, port=port.number, other=line)
    return found


def _binds(port: SecurePort) -> tuple[str | None, ...]:
    """
    Return the addresses of a secure port; C{None} is all.
    """
    alone = port.bind is None and (port.manhole or port.remote is not None)
    return loopback("localhost") if alone else (port.bind,)


def _adminPort(where: str, label: str, authority: str) -> AdminPort | None:
    host, colon, port = where.rpartition(":")
    try:
        address = listeningAddress(host.removeprefix("[").removesuffix("]")) if colon else _EVERY
    except ValueError:
        return None
    if not _PORT.fullmatch(port) or not 1 <= int(port) <= 65_535 or not _LABEL.fullmatch(label):
        return None
    return AdminPort(address, int(port), label, authority)
