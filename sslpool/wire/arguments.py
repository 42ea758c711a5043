# -*- test-case-name: tests.wire.test_vocabulary -*-
"""
AMP arguments that hold records: JSON, over as many keys as its length needs.  Used by both vocabularies of C{control}.
"""

from __future__ import annotations

from typing import Any

from twisted.protocols import amp

from sslpool.wire import serial

PART = 60_000
"""
Octets of a L{Document} under one key: an AMP value ends at 65,535.
"""

_SAID = b".said"


class Document(amp.Argument):
    """
    A value of a known kind, as JSON; spread over as many keys (C{name}, C{name.1}, C{name.2} ...) as its length needs.
    The records of messages in it go beside it, as C{name.said}, which older releases do not look at.

    @ivar kind: what it is, as L{serial.fromPlain} takes it.
    """

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def toBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """
        Write the value called C{name} into C{strings}.
        """
        document, beside = serial.withMessages(objects[name.decode("ascii")])
        strings.update(_parts(name, document))
        strings.update(_parts(name + _SAID, beside))

    def fromBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """
        Read the value called C{name} from C{strings}.

        @raise ValueError: it is missing, or not of this kind.
        """
        document, beside = _joined(name, strings), _joined(name + _SAID, strings)
        objects[name.decode("ascii")] = serial.fromJson(self.kind, document, beside)


def _parts(name: bytes, text: str) -> dict[bytes, bytes]:
    """
    Return a text of ASCII characters under the keys that it needs.
    """
    octets = text.encode("ascii")
    starts = enumerate(range(0, len(octets), PART))
    return {_partName(name, index): octets[start : start + PART] for index, start in starts}


def _joined(name: bytes, strings: dict[bytes, bytes]) -> bytes:
    """
    Take what stands under the keys of a text, and return it.
    """
    parts: list[bytes] = []
    while (part := strings.pop(_partName(name, len(parts)), None)) is not None:
        parts.append(part)
    return b"".join(parts)


def _partName(name: bytes, index: int) -> bytes:
    """
    Return the key under which a part stands.
    """
    return name if index == 0 else b"%s.%d" % (name, index)
