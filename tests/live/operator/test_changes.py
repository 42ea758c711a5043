"""
Changes of every kind: by OBEY, by OBEYFILE, and by editing files.
"""

from __future__ import annotations

import signal
from pathlib import Path

from tests.live.configurations import DIRECT, IBM, PROFILE
from tests.live.operator.day import OperatorCase

FINDINGS = ("SSLP0", "SSLP1", "SSLP2")
"""
The messages of the stack about its configuration and its servers; others name the user who runs the test.
"""


class ObeyTests(OperatorCase):
    """
    The configuration of a running pool is changed by OBEY and OBEYFILE.
    """

    part = "obey"

    def test_day(self) -> None:
        """
        Each kind of change, and what is shown after it.
        """
        self.open(self.credential(), self.credential("SHOP"))
        more, other = self.free("mor"), self.free("oth")
        self.variables = {"WEB": str(self.port), "OTHER": str(other)}
        self.files.append(PROFILE, f"   {more} TCP WEBSERV SECURE SHOP")
        self.begin()
        self.note("Ports: there are two.")
        self.type(
            'sslnetstat obey "port $OTHER tcp webserv secure webcert"',
            'sslnetstat obey "port $OTHER tcp webserv secure NOTHERE"',
            'sslnetstat obey "port $OTHER tcp webserv secure WEBCERT (test"',
            'sslnetstat obey "port $OTHER tcp webserv secure WEBCERT"',
            'sslnetstat obey "port $OTHER tcp webserv"',
            "sslnetstat conn",
        )
        self.console(*FINDINGS)
        self.note("Lists.")
        self.type(
            "sslnetstat obey obey tcpmaint",
            "sslnetstat obey obey tcpmaint endobey",
            "sslnetstat obey autolog ssl00001 0 endautolog",
        )
        self.console(*FINDINGS)
        self.note("Statements that change nothing, or nothing now.")
        self.type(
            "sslnetstat obey 'sslserverid * timeout 90'",
            "sslnetstat config ssl | grep TIMEOUT",
            "sslnetstat obey sslserverid other timeout 90",
            "sslnetstat obey arpage 5",
        )
        self.console(*FINDINGS)
        self.note("Files of statements.")
        Path(self.path("good.tcpip")).write_text(
            f"; the web again\nPORT\n   {self.port} TCP WEBSERV SECURE WEBCERT\nSSLLIMITS MAXSESSIONS 5\n", "utf-8"
        )
        Path(self.path("bad.tcpip")).write_text(
            "SSLLIMITS MAXSESSIONS 8\nSSLLIMITS MAXPERSSLSERVER many\nPORT\n", "utf-8"
        )
        self.type(
            "sslnetstat obeyfile good.tcpip '(test'",
            "obeyfile good.tcpip",
            "obeyfile bad.tcpip",
            "sslnetstat conn | grep Listen",
        )
        self.console(*FINDINGS)


class EditingTests(OperatorCase):
    """
    The files of the configuration of a running pool are edited.
    """

    part = "editing"

    def test_day(self) -> None:
        """
        USER.DIRECT, PROFILE.TCPIP and IBM.DTCPARMS, with SIGHUP and without.
        """
        self.open(self.credential(), self.credential("SHOP"))
        other = self.free("oth")
        self.begin()
        self.note("USER.DIRECT: POOL HIGH is 3; it is read by itself.")
        self.files.replace(DIRECT, "HIGH 2", "HIGH 3")
        self.console(*FINDINGS, until="SSLP043I POOL")
        self.type("sslnetstat config ssl")
        self.note("USER.DIRECT: POOL HIGH is 1, which is too few for MAXSESSIONS.")
        self.files.replace(DIRECT, "HIGH 3", "HIGH 1")
        self.console(*FINDINGS, until="SSLP043I POOL")
        self.note("PROFILE.TCPIP: the port of WEBCERT has label SHOP, and there is another one; SIGHUP.")
        entry = f"   {self.port} TCP WEBSERV SECURE"
        self.files.replace(PROFILE, f"{entry} WEBCERT", f"{entry} SHOP")
        self.files.append(PROFILE, f"   {other} TCP WEBSERV SECURE WEBCERT BIND 127.0.0.1")
        self.reload()
        self.type("sslnetstat conn | grep Listen")
        self.note("IBM.DTCPARMS: other operands of VMSSL; SIGHUP, and RESTART.")
        operands = "CACHELIFE 2 H PROTOCOL +TLSV1_1"
        self.files.replace(IBM, "CACHELIFE 24 H", operands)
        self.type("sslpool check --config etc | grep -v '^    '")
        self.files.replace(IBM, operands, f"{operands} FIPS MODE NIST-800-131A")
        self.reload()
        self.type("ssladmin restart")
        self.stack.log.wait("SSLP106I SSL00001")
        self.console(*FINDINGS)
        self.type("ssladmin query cache | grep Life")
        self.note("PROFILE.TCPIP: a number is wrong; SIGHUP.")
        self.files.append(PROFILE, "SSLLIMITS MAXSESSIONS lots")
        self.reload("SSLP013E")
        self.type("sslnetstat obey ssllimits maxsessions 6")

    def reload(self, last: str = "SSLP01[24]") -> None:
        """
        Send SIGHUP, and show what comes of it.
        """
        self.stack.process.send_signal(signal.SIGHUP)
        self.console(*FINDINGS, until=last)


class MissingLabelTests(OperatorCase):
    """
    The label of one port is not in the key database when the pool starts.
    """

    part = "missing-label"

    def test_day(self) -> None:
        """
        What the pool says of it, and of every later change.
        """
        self.open()
        more = self.free("mor")
        self.variables = {"WEB": str(self.port)}
        self.files.append(PROFILE, f"   {more} TCP WEBSERV SECURE GONE")
        self.type("sslpool check --config etc")
        self.begin("SSLP02")
        self.type(
            "ssladmin",
            "sslnetstat allconn | grep WEBSERV",
            "sslnetstat obey 'ssllimits maxsessions 6 (test'",
            "sslnetstat obey ssllimits maxsessions 6",
            "ssladmin refresh",
        )
        self.console(*FINDINGS)
        self.note("USER.DIRECT: POOL HIGH is 3.")
        self.files.replace(DIRECT, "HIGH 2", "HIGH 3")
        self.console(*FINDINGS, until="SSLP043I POOL|SSLP040E|SSLP020E")
        other = self.free("oth")
        self.note("PROFILE.TCPIP: another port, whose label is missing too; SIGHUP.")
        self.files.append(PROFILE, f"   {other} TCP WEBSERV SECURE GONE")
        self.stack.process.send_signal(signal.SIGHUP)
        self.console(*FINDINGS, until="SSLP01[234]")
        self.type("sslnetstat obey ssllimits maxsessions 4")
        self.note("USER.DIRECT: POOL HIGH is 4.")
        self.files.replace(DIRECT, "HIGH 3", "HIGH 4")
        self.console(*FINDINGS, until="SSLP043I POOL|SSLP040E|SSLP020E")
        self.type(
            "gskkyman delete -d etc/gskadm/Database.kdb --label WEBCERT",
            "ssladmin refresh",
            "sslnetstat obey ssllimits maxsessions 6",
            'sslnetstat obey "port $WEB tcp webserv secure WEBCERT"',
        )
