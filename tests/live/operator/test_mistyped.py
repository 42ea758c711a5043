"""
Mistyped commands: each has one answer that says what to type instead.
"""

from __future__ import annotations

from pathlib import Path

from tests.live.configurations import LABEL
from tests.live.operator.day import OperatorCase

SSLADMIN = (
    "ssladmin ?",
    "ssladmin hlep",
    "ssladmin help strat",
    "ssladmin help sslp999x",
    "ssladmin querry status",
    "ssladmin q tr",
    "ssladmin q ses",
    "ssladmin q s",
    "ssladmin query status detials",
    "ssladmin query status '(sslserver ssl00009'",
    "ssladmin query status '(sslserver'",
    "ssladmin query status '(monitor soon'",
    "ssladmin query status '(tcpserver tcpip2'",
    "ssladmin query status details '(sslserver ssl00002'",
    "ssladmin s",
    "ssladmin start '(now'",
    "ssladmin stop '(sslserver web*'",
    "ssladmin restart '(sslserver ssl00002'",
    "ssladmin set",
    "ssladmin trace everything",
    "ssladmin trace conn 127.0.0.1:99999",
    "ssladmin system",
    "ssladmin system logoff",
    "ssladmin --jsn query status",
    "ssladmin --json restart '(sslserver ssl00002'",
    "ssladmin --run nowhere query status",
    "ssladmin query serving 99999",
    "ssladmin query serving https",
    "ssladmin log ssl00009",
    "ssladmin stop ssl00001 ssl00002",
    "ssladmin query ?",
)

OTHERS = (
    "sslnetstat clients",
    "sslnetstat home",
    "sslnetstat up",
    "sslnetstat devlinks",
    "sslnetstat telnet",
    "sslnetstat interval",
    "sslnetstat config sll",
    "sslnetstat conn 70000",
    "sslnetstat con",
    "sslnetstat ssl start",
    "sslnetstat obey",
    "obeyfile",
    "obeyfile --help | sed -n 1,2p",
    "obeyfile ports tcpip",
    "obeyfile ports.tcpip '(tset'",
    "obeyfile --rollback",
    "obeyfile --history 7",
    "sslnetstat obey prot 443 tcp webserv",
    "sslnetstat obey port delete 443",
    "gskkyman lsit",
    "gskkyman list",
    "gskkyman list -d etc/gskadm/Databse.kdb",
    "gskkyman show -d etc/gskadm/Database.kdb",
    "gskkyman show -d etc/gskadm/Database.kdb --label NOWHERE",
    "gskkyman request -d etc/gskadm/Database.kdb --label WEBCERT web.csr",
    "gskkyman request -d etc/gskadm/Database.kdb --label WEB --key rsa-1024 web.csr",
    "sslpool chekc",
    "sslpool check --config nowhere",
    "sslpool backup",
    "sslpool restore --config etc nosuch",
    "vmssl --config etc --listen :1",
    "vmssl FOO --listen 127.0.0.1:1 --connect 127.0.0.1:2",
)

USERIDS = (
    "ssladmin start ssl00002",
    "ssladmin stop ssl00002",
    "ssladmin restart ssl00002",
    "ssladmin log ssl00002",
    "ssladmin closecon ssl00002",
    "ssladmin query status 2>&1 > /dev/full | grep -c Traceback",
    "ssladmin --json start ssl00002",
)
"""
Commands that may be accepted some day, and would then be seen by others.
"""


class MistypedTests(OperatorCase):
    """
    Somebody types what is not quite right.
    """

    part = "mistyped"

    def test_day(self) -> None:
        """
        Every one is answered, and none does anything.
        """
        self.open()
        Path(self.path("ports.tcpip")).write_text(f"PORT\n   {self.port} TCP WEBSERV SECURE {LABEL}\n", "utf-8")
        self.begin()
        self.typeApart((*SSLADMIN, *OTHERS))
        self.type(*USERIDS)
