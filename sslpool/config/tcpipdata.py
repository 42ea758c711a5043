# -*- test-case-name: tests.config.test_tcpipdata -*-
"""
TCPIP DATA: what clients and servers know of the stack and of names.  Pure; used in the stack
process and by C{sslpool check}.

One statement for each line, C{[system:] keyword value ...}; a statement with another system's
name is not for this machine.  The last statement of a kind counts.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from sslpool.config.configuration import Position
from sslpool.config.tokens import Findings, TokenReader, numberedLines, withoutComment
from sslpool.config.unused import DATA_STATEMENTS
from sslpool.config.values import ADDRESS, ipAddress


@define
class TcpipData:
    """
    What TCPIP DATA says.

    @ivar userid: the stack's userid (TCPIPUSERID), or C{None}.
    @ivar position: where TCPIPUSERID stands.
    @ivar hostName: HOSTNAME, or C{None}.
    @ivar domain: DOMAINORIGIN, or C{None}.
    @ivar nameServers: the addresses of NSINTERADDR, in order.
    @ivar secureTelnetClient: SECURETELNETCLIENT YES.
    @ivar trace: the words of TRACE, in upper case.
    """

    userid: str | None = None
    position: Position | None = None
    hostName: str | None = None
    domain: str | None = None
    nameServers: list[str] = field(factory=list)
    secureTelnetClient: bool = False
    trace: tuple[str, ...] = ()


def parseTcpipData(file: str, text: str, node: str, findings: Findings) -> TcpipData:
    """
    Return what C{text}, the content of C{file}, says; what is wrong with it goes to C{findings}.

    @param node: the name of this machine, in upper case.
    """
    data = TcpipData()
    for line in numberedLines(file, text):
        reader = TokenReader(withoutComment(line).words(), findings, line.position)
        if reader.peekUpper().endswith(":"):
            system = reader.peekUpper().removesuffix(":")
            reader.take()
            if system != node:
                continue
        _statement(reader, data)
    return data


def _statement(reader: TokenReader, data: TcpipData) -> None:
    keyword = reader.take()
    if keyword is None:
        return
    parse = STATEMENTS.get(keyword.upper)
    if parse is not None:
        parse(reader, data)
        if reader.peek() is not None:
            reader.unexpected(keyword.upper, "end of line")
    elif keyword.upper in DATA_STATEMENTS:
        reader.findings.add("SSLP200I", keyword.position, what=keyword.upper)
    else:
        reader.findings.add("SSLP201E", keyword.position, found=keyword.text, kind="TCPIP DATA")


def _userid(reader: TokenReader, data: TcpipData) -> None:
    userid = reader.userid("TCPIPUSERID")
    if userid is not None:
        data.userid, data.position = userid, reader.last


def _name(reader: TokenReader, statement: str) -> str | None:
    if reader.peek() is None:
        reader.unexpected(statement, "a name")
    token = reader.take()
    return None if token is None else token.text


def _hostName(reader: TokenReader, data: TcpipData) -> None:
    data.hostName = _name(reader, "HOSTNAME") or data.hostName


def _domain(reader: TokenReader, data: TcpipData) -> None:
    data.domain = _name(reader, "DOMAINORIGIN") or data.domain


def _nameServers(reader: TokenReader, data: TcpipData) -> None:
    if reader.peek() is None:
        reader.unexpected("NSINTERADDR", ADDRESS)
    while (token := reader.take()) is not None:
        address = ipAddress(token.text)
        if address is None:
            reader.wrong("NSINTERADDR", token, ADDRESS)
        else:
            data.nameServers.append(address)


def _secureTelnetClient(reader: TokenReader, data: TcpipData) -> None:
    choice = reader.choice("SECURETELNETCLIENT", ("YES", "NO"))
    if choice is not None:
        data.secureTelnetClient = choice == "YES"


def _trace(reader: TokenReader, data: TcpipData) -> None:
    words: list[str] = []
    while (token := reader.take()) is not None:
        words.append(token.upper)
    data.trace = tuple(words)


#: The language.
STATEMENTS: dict[str, Callable[[TokenReader, TcpipData], None]] = {
    "TCPIPUSERID": _userid,
    "HOSTNAME": _hostName,
    "DOMAINORIGIN": _domain,
    "NSINTERADDR": _nameServers,
    "SECURETELNETCLIENT": _secureTelnetClient,
    "TRACE": _trace,
}
