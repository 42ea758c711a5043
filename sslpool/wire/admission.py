# -*- test-case-name: tests.reports.test_admission -*-
"""
Who is let in and who was refused, as a record.  Made in the stack, read by the commands; pure.
"""

from __future__ import annotations

from attrs import field, frozen


@frozen
class AdmissionStatus:
    """
    The limits of clients and the lists of ports.

    @ivar limits: C{FOREIGNIPCONLIMIT}, C{PENDINGCONNECTIONLIMIT}, C{PEERRATE} and C{HANDSHAKERATE}; 0 is no limit.
    @ivar exempt: the networks of LIMITEXEMPT.
    @ivar lists: the networks of ALLOW and DENY by what they are called, such as C{DENY of [::]:443}.
    @ivar pending: connections at servers that have not completed their handshake.
    @ivar addresses: how many addresses have counted connections.
    @ivar refused: how many connections were refused for each reason since the stack started.
    @ivar uncounted: connections that were let in uncounted, since the table of addresses was full.
    """

    limits: dict[str, int] = field(factory=dict)
    exempt: tuple[str, ...] = ()
    lists: dict[str, tuple[str, ...]] = field(factory=dict)
    pending: int = 0
    addresses: int = 0
    refused: dict[str, int] = field(factory=dict)
    uncounted: int = 0

    @property
    def silent(self) -> bool:
        """
        Nothing is set, and nobody was refused.
        """
        return not (any(self.limits.values()) or self.lists or self.refused)
