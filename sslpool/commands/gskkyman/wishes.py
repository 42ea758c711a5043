# -*- test-case-name: tests.commands.gskkyman.test_workbench -*-
"""
What a new certificate is to be like.  Pure; C{gskkyman}.
"""

from __future__ import annotations

from attrs import frozen
from cryptography import x509

from sslpool.keydb.issuing import parseSubject
from sslpool.keydb.operations import Usage


@frozen
class Wish:
    """
    What a new certificate is to be like.

    @ivar label: its label.
    @ivar subject: the subject, as in RFC 4514; empty for the first of C{names}.
    @ivar names: the DNS names and IP addresses that it is for.
    @ivar kind: the kind of key, one of L{sslpool.keydb.operations.KEY_KINDS}.
    @ivar days: how long it is valid.
    @ivar usage: what it is for.
    """

    label: str
    subject: str = ""
    names: tuple[str, ...] = ()
    kind: str = "ec"
    days: int = 365
    usage: Usage = "server"

    def name(self) -> x509.Name:
        """
        Return the subject.

        @raise sslpool.messages.OperatorError: SSLP386E, it is not one.
        """
        return parseSubject(self.subject or f"CN={_escaped(self.names[0] if self.names else self.label)}")


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in ',+"\\<>;=#' else each for each in text)
