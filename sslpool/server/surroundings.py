# -*- test-case-name: tests.server.test_service -*-
"""
What a server's process has been given, what it has given up, and what it takes.  Lives in a server process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import field, frozen

from sslpool.server.figures import Figures


@frozen
class Surroundings:
    """
    What a server has found where it began.

    @ivar ungranted: what its directory entry grants and the system has refused.
    @ivar unconfined: what the system did not let it give up, and why.
    @ivar beyond: returns a directory of the key file that it may not read any more; empty is none.
    @ivar figures: what its process takes.
    @ivar operands: the VMSSL operands with which it runs.
    """

    ungranted: Sequence[str] = ()
    unconfined: Sequence[str] = ()
    beyond: Callable[[], str] = str
    figures: Figures = field(factory=Figures)
    operands: tuple[str, ...] = ()

    def complaints(self, userid: str) -> Iterator[tuple[str, dict[str, str]]]:
        """
        Yield operator messages, as id and fields, about what is not as it should be.

        @param userid: the server's name.
        """
        for messageId, reasons in (("SSLP135W", self.ungranted), ("SSLP181W", self.unconfined)):
            if reasons:
                yield messageId, {"server": userid, "reasons": "; ".join(reasons)}
