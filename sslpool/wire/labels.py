# -*- test-case-name: tests.stack.front.test_listeningports -*-
"""
What a server has to say against labels.  Made in the servers, said by the stack.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.messages import Said, said


@frozen
class UnusableLabel:
    """
    A label of the key database that a server cannot use as it is there.

    @ivar label: the label.
    @ivar reason: the message why.
    @ivar kept: it is served as it was accepted before; otherwise not at all.
    """

    label: str
    reason: Said
    kept: bool

    @property
    def message(self) -> Said:
        """
        The message about it.
        """
        return said("SSLP173E" if self.kept else "SSLP172E", label=self.label, reason=self.reason)


@frozen
class UnservedLabel:
    """
    A label that a server serves, and no client can use.

    @ivar label: the label.
    @ivar key: kind and size of its key, which no suite in use fits.
    """

    label: str
    key: str

    @property
    def message(self) -> Said:
        """
        The message about it.
        """
        return said("SSLP144W", label=self.label, key=self.key)
