# -*- test-case-name: tests.commands.gskkyman.test_dialogue,tests.commands.gskkyman.test_main -*-
"""
What a file of certificates says, without a key database: only what is true of a file.  C{gskkyman}.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from sslpool.commands.gskkyman.formatting import formatCertificate, formatRevocationList
from sslpool.commands.gskkyman.inputfiles import InputFile
from sslpool.keydb.chains import isAuthority
from sslpool.keydb.records import CertificateRecord, RevocationRecord, describe, describeRevocations
from sslpool.messages import operatorError

_CERTIFICATE = ["subject", "issuer", "serial", "notBefore", "notAfter", "names", "keyType", "issues", "fingerprint"]
_REVOCATIONS = ["issuer", "issued", "nextUpdate", "revoked"]


@frozen
class Displayed:
    """
    What is in a file.

    @ivar certificates: the certificates, in the file's order; what their records say of labels, private keys and trust
        means nothing here.
    @ivar revocations: the revocation lists.
    """

    certificates: tuple[CertificateRecord, ...]
    revocations: tuple[RevocationRecord, ...]

    @classmethod
    def of(cls, given: InputFile, password: str | None) -> Displayed:
        """
        Read a file.

        @raise sslpool.messages.OperatorError: SSLP340E, there is nothing to show; or it cannot be read.
        """
        contents = given.contents(password, withKeys=False).whole
        if not contents.certificates and not contents.lists:
            raise operatorError("SSLP340E", source=given.name)
        certificates = (
            evolve(describe("", each, hasKey=False), issues=isAuthority(each)) for each in contents.certificates
        )
        return cls(tuple(certificates), tuple(describeRevocations("", each) for each in contents.lists))

    def lines(self, now: float) -> list[str]:
        """
        Return what people read, with an empty line between two.

        @param now: the time, in seconds since the epoch.
        """
        blocks = [formatCertificate(each, now) for each in self.certificates]
        blocks += [formatRevocationList(each, now) for each in self.revocations]
        return [line for index, block in enumerate(blocks) for line in ([""] if index else []) + block]

    def plain(self) -> Mapping[str, object]:
        """
        Return the same for programs.
        """
        return {
            "certificates": [{name: getattr(each, name) for name in _CERTIFICATE} for each in self.certificates],
            "revocations": [{name: getattr(each, name) for name in _REVOCATIONS} for each in self.revocations],
        }
