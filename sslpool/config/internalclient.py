# -*- test-case-name: tests.config.test_internalclient -*-
"""
INTERNALCLIENTPARMS of PROFILE TCPIP: the stack's own Telnet server (INTCLIEN).  Pure; used
in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from sslpool.config.configuration import Position
from sslpool.config.tokens import Token, TokenReader

_UNUSED_OPERANDS = """
    ASYNCHRONOUSINPUT ASYNCHINPUT ASYNCINPUT CCSTERMNAME CONNECTEXIT DISCONNECTEXIT EOJTIMEOUT IGNOREEAUDATA
    INACTIVE LDEVRANGE LINEMODETERMNAMES NOTN3270E PORT SCANINTERVAL TIMEMARK TN3270E TN3270EEXIT TN3270ENOSCEXIT
"""
#: Operands of z/VM that concern its terminals.
UNUSED_OPERANDS: frozenset[str] = frozenset(_UNUSED_OPERANDS.split())
#: Those of them that are lists, which end with C{END} and their own name.
UNUSED_LISTS: frozenset[str] = frozenset({"LINEMODETERMNAMES"})
_SECURITY = ("NEVER", "ALLOWED", "PREFERRED", "REQUIRED")
_CHECKS = ("NONE", "PREFERRED", "REQUIRED", "FULL")


@define
class InternalClient:
    """
    The security operands of INTERNALCLIENTPARMS.

    @ivar position: where the statement stands.
    @ivar label: the label of TLSLABEL, or C{None}.
    @ivar secureConnection: C{NEVER}, C{ALLOWED}, C{PREFERRED} or C{REQUIRED}.
    @ivar clientCertCheck: C{NONE}, C{PREFERRED} or C{REQUIRED} (FULL, the older spelling, is REQUIRED).
    """

    position: Position
    label: str | None = None
    secureConnection: str = "NEVER"
    clientCertCheck: str = "NONE"


def readInternalClient(reader: TokenReader, keyword: Token, inBlock: Callable[[], bool]) -> InternalClient:
    """
    Return what the statement says; its keyword has been taken.

    @param inBlock: whether the next token still belongs to the statement; takes its end.
    """
    client = InternalClient(keyword.position)
    while reader.peekUpper() in OPERANDS or reader.peekUpper() in UNUSED_OPERANDS or inBlock():
        operand = reader.take()
        if operand is None:
            break
        _operand(reader, operand, client)
    return client


def _operand(reader: TokenReader, operand: Token, client: InternalClient) -> None:
    parse = OPERANDS.get(operand.upper)
    if parse is not None:
        parse(reader, client)
    elif operand.upper in UNUSED_OPERANDS:
        reader.findings.add("SSLP200I", operand.position, what=f"INTERNALCLIENTPARMS {operand.upper}")
        _skip(reader, f"END{operand.upper}" if operand.upper in UNUSED_LISTS else None)
    else:
        expected = " or ".join(OPERANDS)
        reader.wrong("INTERNALCLIENTPARMS", operand, expected)
        reader.skipLine()


def _skip(reader: TokenReader, end: str | None) -> None:
    """
    Take the values of an operand that is not used: those on its line, or all of a list and its C{end}.
    """
    while (end or reader.onSameLine()) and reader.peek() is not None and not _endsOperand(reader.peekUpper()):
        token = reader.take()
        if token is not None and token.upper == end:
            return


def _endsOperand(word: str) -> bool:
    return word in OPERANDS or word in UNUSED_OPERANDS or word == "ENDINTERNALCLIENTPARMS"


def _label(reader: TokenReader, client: InternalClient) -> None:
    client.label = reader.label("TLSLABEL") or client.label


def _secureConnection(reader: TokenReader, client: InternalClient) -> None:
    client.secureConnection = reader.choice("SECURECONNECTION", _SECURITY) or client.secureConnection


def _clientCertCheck(reader: TokenReader, client: InternalClient) -> None:
    check = reader.choice("CLIENTCERTCHECK", _CHECKS) or client.clientCertCheck
    client.clientCertCheck = "REQUIRED" if check == "FULL" else check


OPERANDS: dict[str, Callable[[TokenReader, InternalClient], None]] = {
    "TLSLABEL": _label,
    "SECURECONNECTION": _secureConnection,
    "CLIENTCERTCHECK": _clientCertCheck,
}
