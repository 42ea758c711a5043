# -*- test-case-name: tests.stack.test_listening -*-
"""
What a server has to say against labels.  Made in the servers, said by the stack.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.messages import render


@frozen
class UnusableLabel:
    """
    A label of the key database that a server cannot use as it is there.

    @ivar label: the label.
    @ivar reason: the message why.
    @ivar kept: it is served as it was accepted before; otherwise not at all.
    """

    label: str
    reason: str
    kept: bool

    @property
    def message(self) -> str:
        """
        The message about it.
        """
        return render("SSLP173E" if self.kept else "SSLP172E", label=self.label, reason=self.reason)


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
    def message(self) -> str:
        """
        The message about it.
        """
        return render("SSLP144W", label=self.label, key=self.key)
