# -*- test-case-name: tests.tracing.test_dump -*-
"""
Octets as people read them: hexadecimal, and the characters beside it.  Servers; pure.
"""

from __future__ import annotations

from collections.abc import Iterator

LINE = 16
"""
Octets in a line.
"""

_GROUP = 4
_PRINTABLE = bytes(octet if 0x20 <= octet < 0x7F else 0x2E for octet in range(256))


def dumpLines(octets: bytes) -> Iterator[str]:
    """
    Yield the lines of a dump: offset, groups of four octets, and what is printable
    in ASCII between asterisks.
    """
    for start in range(0, len(octets), LINE):
        part = octets[start : start + LINE]
        groups = " ".join(part[at : at + _GROUP].hex().upper() for at in range(0, len(part), _GROUP))
        width = LINE * 2 + LINE // _GROUP - 1
        yield f"  {start:04X}  {groups:<{width}}  *{part.translate(_PRINTABLE).decode('ascii')}*"
