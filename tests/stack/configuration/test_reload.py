"""
Tests for L{sslpool.stack.configuration.reload}, with files in a directory.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from sslpool.messages import Said, operatorError, said
from sslpool.stack.configuration.reconfiguration import Reconfiguration
from sslpool.stack.configuration.reload import reload
from tests.config.support import unprivileged
from tests.logs import ids, texts
from tests.stack.configuration.test_reconfiguration import FILES, ReconfigurationCase, noNames


class ReloadTests(ReconfigurationCase):
    """
    Check, OBEY, REFRESH.
    """

    def setUp(self) -> None:
        """
        Have a REFRESH, too.
        """
        super().setUp()
        self.subject = self.subjects[0]
        self.refreshed, self.reads = 0, False
        self.answers = [said("SSLP119I", server="SSL00001", labels=1)]

    def sessions(self, number: int) -> None:
        """
        Write a profile with so many sessions.
        """
        self.write("PROFILE.TCPIP", FILES["PROFILE.TCPIP"].replace("3000", str(number)))

    async def refresh(self, server: str | None) -> list[Said]:
        """
        Be REFRESH.
        """
        self.assertIsNone(server)
        self.refreshed += 1
        if self.reads:
            self.subject.refusal = None
        return list(self.answers)

    def reload(self) -> list[str]:
        """
        Reload, and return the ids of what is said.
        """
        with capturedLogs() as events:
            self.successResultOf(Deferred.fromCoroutine(reload(self.reconfiguration, self.refresh)))
        self.said = texts(events)
        return ids(events)

    def test_profile(self) -> None:
        """
        A changed profile is followed, and REFRESH comes after it.
        """
        self.sessions(1800)
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP043I", "SSLP119I", "SSLP012I"])
        self.assertEqual(self.current.configuration.limits.maxSessions, 1800)
        self.assertEqual((len(self.subject.taken), self.refreshed), (1, 1))
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP045I", "SSLP119I", "SSLP012I"])

    def test_errors(self) -> None:
        """
        With an error in the files nothing changes, REFRESH included, and the profile goes on
        counting as it was: an OBEY after that does not bring in half of it.
        """
        self.write("PROFILE.TCPIP", FILES["PROFILE.TCPIP"].replace("3000", "1800").replace("PORT", "PROT"))
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP040E", "SSLP013E"])
        self.assertEqual((self.subject.prepared, self.refreshed), (0, 0))
        obeying = self.reconfiguration.obey("OBEY", "OBEY TCPMAINT MAINT ENDOBEY\n", False)
        changed = self.successResultOf(Deferred.fromCoroutine(obeying))
        self.assertEqual([each.id for each in changed], ["SSLP043I"])
        self.assertEqual(self.current.configuration.limits.maxSessions, 3000)

    def test_refused(self) -> None:
        """
        What cannot be had, such as a port, changes nothing either.
        """
        self.sessions(1800)
        self.subject.refusal = operatorError("SSLP021E", local="127.0.0.1:443")
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP021E", "SSLP013E"])
        self.subject.refusal = None
        self.reconfiguration.reread()
        self.assertEqual(self.current.configuration.limits.maxSessions, 3000)
        self.reload()
        self.assertEqual(self.current.configuration.limits.maxSessions, 1800)

    def test_obeyed(self) -> None:
        """
        What was obeyed stays in effect on top of the files, and that is said.
        """
        obeying = self.reconfiguration.obey("NETSTAT OBEY", "OBEY TCPMAINT MAINT ENDOBEY\n", False)
        self.successResultOf(Deferred.fromCoroutine(obeying))
        self.sessions(1800)
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP043I", "SSLP015I", "SSLP119I", "SSLP012I"])
        self.assertIn(str(said("SSLP015I", names="NETSTAT OBEY")), self.said)
        configuration = self.current.configuration
        self.assertEqual((configuration.limits.maxSessions, "MAINT" in configuration.obey), (1800, True))

    def test_identity(self) -> None:
        """
        Whose stack it is does not change while it runs.
        """
        for name in ("TCPIP.DATA", "SYSTEM.DTCPARMS", "USER.DIRECT"):
            self.write(name, FILES[name].replace("TCPIP", "OTHER").replace("OTHERUSERID", "TCPIPUSERID"))
        self.assertEqual(self.reload()[1:], ["SSLP042E", "SSLP013E"])
        self.assertEqual(self.current.configuration.stack, "TCPIP")

    def test_pool(self) -> None:
        """
        So it is with the names of the servers.
        """
        for name in ("SYSTEM.DTCPARMS", "USER.DIRECT"):
            text = FILES[name].replace(":for.SSL*", ":for.TLS*").replace(":nick.SSL*", ":nick.TLS*")
            self.write(name, text.replace("USER SSL L", "USER TLS L"))
        self.assertEqual(self.reload()[1:], ["SSLP042E", "SSLP013E"])

    def test_newStart(self) -> None:
        """
        What only a new start can follow is named.
        """
        self.write("SYSTEM.DTCPARMS", FILES["SYSTEM.DTCPARMS"].replace("CACHELIFE 24", "CACHELIFE 12"))
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP046W", "SSLP119I", "SSLP012I"])

    def test_warnings(self) -> None:
        """
        Warnings are said, and keep nothing from happening.
        """
        self.write("PROFILE.TCPIP", FILES["PROFILE.TCPIP"].replace("SERVER 600", "SERVER 700"))
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP016W", "SSLP043I", "SSLP119I", "SSLP012I"])

    def test_trust(self) -> None:
        """
        Whom applications trust is said when that becomes so, and not with each reload.
        """
        unprivileged(self)
        self.assertNotIn("SSLP016W", self.reload())
        servers = FILES["SYSTEM.DTCPARMS"].replace(":address.127.0.0.1:8080", ":address.127.0.0.1:6379")
        self.write("SYSTEM.DTCPARMS", servers)
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP043I", "SSLP016W", "SSLP119I", "SSLP012I"])
        self.assertIn("SYSTEM.DTCPARMS:1: SSLP226W WEBSERV at 127.0.0.1:6379", self.said[2])
        self.assertNotIn("SSLP016W", self.reload())
        self.write("SYSTEM.DTCPARMS", servers.replace(":6379", ":6379 :source.192.0.2.2"))
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP043I", "SSLP119I", "SSLP012I"])

    def test_unread(self) -> None:
        """
        Where ports are to have a label that no server has read, REFRESH comes before as well; where it
        does not help, nothing else changes.
        """
        self.sessions(1800)
        self.subject.refusal = operatorError("SSLP047E", port=443, label="NEW")
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP047E", "SSLP013E"])
        self.assertEqual((self.refreshed, self.subject.prepared), (1, 0))
        self.reads = True
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP043I", "SSLP119I", "SSLP012I"])
        self.assertEqual((self.refreshed, len(self.subject.taken)), (3, 1))

    def test_refreshInPart(self) -> None:
        """
        What REFRESH could not do is said, and counted in the last word.
        """
        self.answers.append(said("SSLP165E", label="X"))
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP045I", "SSLP119I", "SSLP165E", "SSLP014W"])

    def test_noFiles(self) -> None:
        """
        Without files it is a REFRESH.
        """
        self.reconfiguration = Reconfiguration(self.current, None, [self.subject], noNames)
        self.assertEqual(self.reload(), ["SSLP011I", "SSLP119I", "SSLP012I"])
        self.assertEqual(self.subject.prepared, 0)
