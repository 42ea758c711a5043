"""
Programs that hand their connections over.  Stack process.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Asker:
    """
    Whoever is at the other end of the application socket, by the kernel's word.

    @ivar uid: its user id.
    @ivar userid: its login name in upper case, or C{uid n} where it has none.
    @ivar trusted: it may have connections secured.
    """

    uid: int
    userid: str
    trusted: bool
