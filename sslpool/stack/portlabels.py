# -*- test-case-name: tests.stack.test_ports -*-
"""
Whether there are certificates for a secure port.  Stack and C{sslpool check}; pure.
"""

from __future__ import annotations

from collections.abc import Collection

from sslpool.config.configuration import SecurePort
from sslpool.messages import operatorError


def labelsOf(port: SecurePort) -> tuple[str, ...]:
    """
    Return the labels that a port is to have, its own first; none where it needs none.
    """
    own = (port.label,) if port.label or (port.dynamic is None and port.remote is None) else ()
    return tuple(dict.fromkeys((*own, *(label.name for label in port.policy.labels))))


def checkServed(port: SecurePort, labels: Collection[str], unusable: Collection[str]) -> None:
    """
    Check that there is a certificate for a port, where it is to have one: that of one label is enough.

    @raise OperatorError: SSLP020E there is none, SSLP175E no server can use it.
    """
    names = labelsOf(port)
    if not names or any(name in labels and name not in unusable for name in names):
        return
    found = next((name for name in names if name in labels), None)
    if found is not None:
        raise operatorError("SSLP175E", port=port.number, label=found)
    raise operatorError("SSLP020E", port=port.number, label=names[0])
