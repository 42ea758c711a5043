"""
Tests for L{sslpool.config.definitions}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.definitions import findServers
from sslpool.config.dtcparms import Entry
from sslpool.config.tokens import Findings
from tests.config.support import places


def find(**files: str) -> tuple[dict[str, Entry], list[tuple[str, str, int]]]:
    """
    Return the servers in files whose names end with DTCPARMS, and the findings.
    """
    findings = Findings()
    named = {f"{name}.DTCPARMS": text for name, text in files.items()}
    return findServers(named, "NODE1", findings), places(findings)


class SearchTests(SynchronousTestCase):
    """
    Which entry counts.
    """

    def test_order(self) -> None:
        """
        The server's own file comes first, then the node's, then SYSTEM, then IBM.
        """
        texts = {name: f":nick.WEB :type.server :address.{name}:1" for name in ("WEB", "NODE1", "SYSTEM", "IBM")}
        for expected in ("WEB", "NODE1", "SYSTEM", "IBM"):
            servers, found = find(**texts)
            self.assertEqual((servers["WEB"].value("ADDRESS"), found), (f"{expected}:1", []))
            del texts[expected]

    def test_class(self) -> None:
        """
        A class may be in another file, and gives what the server itself does not say.
        """
        servers, found = find(
            SYSTEM=":nick.WEB :type.server :class.http :parms.-x",
            IBM=":nick.http :type.class :command.httpd :parms.-y :mixedcaseparms.yes",
        )
        self.assertEqual((servers["WEB"].value("COMMAND"), servers["WEB"].value("PARMS")), ("httpd", "-x"))
        self.assertEqual(found, [])
        self.assertNotIn("HTTP", servers)

    def test_privateFile(self) -> None:
        """
        A server's own file serves nobody else; a pool's is named without the asterisk.
        """
        servers, found = find(SSL=":nick.SSL* :type.server", WEB=":nick.FTP :type.server")
        self.assertEqual(list(servers), ["SSL*"])
        self.assertEqual(found, [("SSLP234W", "WEB.DTCPARMS", 1)])

    def test_noClass(self) -> None:
        """
        A class that no file has is a warning.
        """
        self.assertEqual(find(SYSTEM=":nick.WEB :type.server\n:class.x")[1], [("SSLP235W", "SYSTEM.DTCPARMS", 2)])
