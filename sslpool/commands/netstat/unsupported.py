# -*- test-case-name: tests.commands.netstat.test_main -*-
"""
The forms of z/VM's NETSTAT that are about what the operating system does here, and what to use instead.
Used by C{sslnetstat}; pure.

Source: the NETSTAT command of z/VM as operators type it; how far each may be abbreviated is ours.
"""

from __future__ import annotations

from sslpool.commands.command import Command, Report
from sslpool.commands.syntax import Form, Request
from sslpool.messages import operatorError

_INSTEAD = {
    "ALL": "NETSTAT ALLCONN and IDENTIFY SSL; for other connections ss -ta",
    "ARp": "ip neigh",
    "BLock": "DENY of a PORT statement, or nft",
    "BYte": "SSLADMIN QUERY SESSIONS, which counts octets",
    "CONFig": "NETSTAT CONFIG SSL; for the configuration files sslpool check",
    "CP": "SSLADMIN SYSTEM",
    "DELarp": "ip neigh del",
    "DEVlinks": "ip -s link",
    "DOS": "SSLADMIN QUERY STATUS DETAILS, which counts refused connections",
    "DROp": "ss --kill; for all sessions of a server SSLADMIN STOP",
    "FILters": "SSLADMIN QUERY STATUS DETAILS for ALLOW and DENY, or nft list ruleset",
    "GAte": "ip route",
    "NEIghbor": "ip -6 neigh",
    "OSAinfo": "ethtool",
    "POOlsize": "SSLADMIN QUERY STATUS DETAILS, which shows memory and descriptors",
    "RECording": "SSLADMIN TRACE",
    "SLEep": "MONITOR, or sleep in the shell",
    "SOCkets": "NETSTAT CONN; for all programs ss -tup",
    "UNBlock": "DENY of a PORT statement, or nft",
    "VLAN": "ip -d link",
}


def _refuse(request: Request) -> Report:
    """
    @raise OperatorError: SSLP472E, always.
    """
    raise operatorError("SSLP472E", command=request.form.title, instead=request.form.instead)


COMMANDS = tuple(
    Command(
        Form((keyword,), "elsewhere", operand="[operands]", takes=(), free=True, verbatim=True, instead=instead),
        local=_refuse,
    )
    for keyword, instead in _INSTEAD.items()
)
