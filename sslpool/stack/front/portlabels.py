# -*- test-case-name: tests.stack.front.test_ports -*-
"""
Whether there are certificates for a secure port.  Stack and C{sslpool check}; pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sslpool.config.configuration import SecurePort
from sslpool.config.securing import Plain
from sslpool.messages import OperatorError, Said, operatorError, said


def labelsOf(port: SecurePort) -> tuple[str, ...]:
    """
    Return the labels that a port is to have, its own first; none where it needs none.
    """
    own = (port.label,) if port.label or port.securing == Plain() else ()
    return tuple(dict.fromkeys((*own, *(label.name for label in port.policy.labels))))


def labelsShown(ports: Iterable[SecurePort]) -> set[str]:
    """
    Return the labels that ports show to clients, and not to remote hosts.
    """
    return {name for port in ports if port.remote is None for name in labelsOf(port)} - {""}


def checkServed(
    port: SecurePort, labels: Collection[str], unusable: Collection[str], unread: Collection[str] = ()
) -> None:
    """
    Check that there is a certificate for a port, where it is to have one: that of one label is enough.

    @param labels: what the key database has.
    @param unusable: the labels that no server can use.
    @param unread: the labels that are in the key database, and that not every server has read.
    @raise OperatorError: SSLP020E there is none, SSLP175E no server can use it, SSLP047E not all have read it.
    """
    names = labelsOf(port)
    found = [name for name in names if name in labels]
    if not names or any(name not in unusable and name not in unread for name in found):
        return
    checkRead(port, unread)
    if found:
        raise operatorError("SSLP175E", port=port.number, label=found[0])
    raise operatorError("SSLP020E", port=port.number, label=names[0])


def checkRead(port: SecurePort, unread: Collection[str]) -> None:
    """
    Check that every server has read all labels of a port that the key database has.

    @raise OperatorError: SSLP047E, they have not.
    """
    for name in labelsOf(port):
        if name in unread:
            raise operatorError("SSLP047E", port=port.number, label=name)


def lacking(port: SecurePort, labels: Collection[str]) -> dict[str, OperatorError]:
    """
    Return what is to be said of the labels that the key database does not have, by label.
    """
    missing = [name for name in labelsOf(port) if name not in labels]
    return {name: operatorError("SSLP178W", port=port.number, label=name) for name in missing}


def outlived(port: SecurePort, labels: Collection[str], there: Collection[str]) -> list[Said]:
    """
    Return what is to be said of labels that servers still have in memory, and that the key database has lost.

    @param labels: what the stack knows of.
    @param there: what the key database has now.
    """
    gone = [name for name in labelsOf(port) if name in labels and name not in there]
    return [said("SSLP077W", port=port.number, label=name) for name in gone]
