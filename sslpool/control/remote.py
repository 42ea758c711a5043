# -*- test-case-name: tests.control.test_remote -*-
"""
A client's way to a stack on another machine: over TLS, with a certificate of the operator's.  Lives in the processes of
SSLADMIN and NETSTAT with C{--remote}, and in programs of operators' own.
"""

from __future__ import annotations

from typing import Any, cast

from attrs import frozen
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from sslpool.control.client import CONNECT_LIMIT, StackClient, begin
from sslpool.control.clientprotocol import ClientProtocol
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.files import readFile
from sslpool.keydb.parsing import parseCertificates
from sslpool.keydb.records import Credential
from sslpool.keydb.sources import readMaterial
from sslpool.messages import OperatorError, operatorError
from sslpool.tls.administration import AdministrationClient

__all__ = ["Identity", "connect"]


@frozen
class Identity:
    """
    Who an operator is, and whom he trusts.

    @ivar credential: his certificate with its private key.
    @ivar authorities: the certificates of those that stacks' certificates may come from.
    """

    credential: Credential
    authorities: tuple[Certificate, ...]

    @classmethod
    def read(cls, certificate: str, authorities: str) -> Identity:
        """
        Read an identity from files.

        @param certificate: certificate, chain and private key: PEM or PKCS #12.
        @param authorities: certificates as PEM.
        @raise sslpool.messages.OperatorError: a file cannot be read or used.
        """
        credentials = readMaterial(certificate).credentials
        if len(credentials) != 1:
            expected = "a file with one certificate and its private key"
            raise operatorError("SSLP445E", expected=expected, found=certificate)
        try:
            trusted = parseCertificates(readFile(authorities), authorities)
        except OperatorError as error:
            raise operatorError("SSLP445E", expected="a file of authorities", found=authorities) from error
        return cls(credentials[0], trusted)


async def connect(reactor: Any, address: str, identity: Identity, name: str | None = None) -> StackClient:
    """
    Connect to a stack on another machine.

    @param address: C{host:port}.
    @param name: the name that the stack's certificate must have; C{host} otherwise.
    @raise sslpool.messages.OperatorError: it cannot be reached, is not whom it should
        be, or does not accept the certificate.
    """
    host, port = split(address)
    options = AdministrationClient(name or host, identity.credential, identity.authorities)
    factory = Factory.forProtocol(ClientProtocol)
    factory.noisy = False
    plain = HostnameEndpoint(reactor, host, port, timeout=CONNECT_LIMIT)
    try:
        line = cast(ClientProtocol, await wrapClientTLS(options, plain).connect(factory))
        return await begin(StackClient(reactor, line, ""))
    except OperatorError as error:
        if error.said.id == "SSLP403E":
            raise _unreachable(address, "it ended the connection; its log says why") from error
        raise
    except Exception as error:
        raise _unreachable(address, options.explained(Failure())) from error


def split(address: str) -> tuple[str, int]:
    """
    Return host and port of C{host:port}; an IPv6 address is in brackets.

    @raise sslpool.messages.OperatorError: it is not of this form.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or not 1 <= int(port) <= 65_535:
        raise operatorError("SSLP445E", expected="host:port", found=address or "nothing")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _unreachable(address: str, reason: str) -> OperatorError:
    return operatorError("SSLP446E", address=address, reason=reason)
