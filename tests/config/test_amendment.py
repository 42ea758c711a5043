"""
Tests for L{sslpool.config.amendment}, and for L{sslpool.config.profilelists}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.amendment import Amendment, amendProfile
from sslpool.config.configuration import Position
from sslpool.config.profile import parseProfile
from sslpool.config.tokens import Findings
from sslpool.messages import said


class AmendProfileTests(SynchronousTestCase):
    """
    What becomes of a profile when a file is obeyed.
    """

    def setUp(self) -> None:
        """
        Read a profile.
        """
        self.findings = Findings()
        self.profile = parseProfile(
            "PROFILE.TCPIP",
            "SSLSERVERID * TIMEOUT 60\nSSLLIMITS MAXSESSIONS 1200 MAXPERSSLSERVER 300\n"
            "OBEY TCPMAINT ENDOBEY AUTOLOG FTPSERVE 0 ENDAUTOLOG\n"
            "PORT\n 21 TCP FTPSERVE\n 8443 TCP WEBSERV SECURE WEBCERT\n",
            self.findings,
        )

    def amend(self, text: str, again: bool = False) -> None:
        """
        Obey C{text}.
        """
        self.amended = amendProfile(self.profile, Amendment("EXTRA.TCPIP", text, again), self.findings)

    def found(self) -> list[str]:
        """
        Return the ids of what has been found.
        """
        return [each.said.id for each in self.findings.all()]

    def ports(self) -> list[str]:
        """
        Return the ports that there are then.
        """
        return [str(each) for each in self.amended.ports]

    def users(self) -> tuple[list[str], list[str]]:
        """
        Return who is in OBEY and in AUTOLOG then.
        """
        obey, autolog = ([each.userid for each in users] for users in (self.amended.obey, self.amended.autolog))
        return obey, autolog

    def test_limits(self) -> None:
        """
        Operands that are not named stay, and so does everything else.
        """
        self.amend("SSLLIMITS MAXSESSIONS 600")
        self.assertEqual(self.amended.limits, evolve(self.profile.limits, maxSessions=600))
        self.assertEqual(self.amended.limitsPosition, Position("EXTRA.TCPIP", 1))
        self.assertEqual(self.amended.ports, self.profile.ports)
        self.assertEqual(self.amended.serverId, self.profile.serverId)
        self.assertEqual(self.findings.all(), ())

    def test_lists(self) -> None:
        """
        A list replaces the list that was there; the profile itself is not changed.
        """
        self.amend("PORT REPLACE 993 TCP IMAP SECURE MAILCERT\nAUTOLOG ENDAUTOLOG")
        self.assertEqual([entry.first for entry in self.amended.ports], [993])
        self.assertEqual(self.amended.autolog, [])
        self.assertEqual([entry.first for entry in self.profile.ports], [21, 8443])
        self.assertEqual(len(self.profile.autolog), 1)

    def test_clientLimits(self) -> None:
        """
        A limit that is not named stays; LIMITEXEMPT replaces the list that was there.
        """
        self.amend("FOREIGNIPCONLIMIT 5\nLIMITEXEMPT 10.0.0.0/8 ENDLIMITEXEMPT")
        self.profile = self.amended
        self.amend("PENDINGCONNECTIONLIMIT 7\nLIMITEXEMPT 192.0.2.1 ENDLIMITEXEMPT")
        limits = self.amended.limits
        self.assertEqual((limits.foreign, limits.pending, limits.maxSessions), (5, 7, 1200))
        self.assertEqual((self.amended.exempt, self.found()), (["192.0.2.1/32"], ["SSLP066I"]))

    def test_twice(self) -> None:
        """
        Several lists of a kind in one file add up, as they do in a profile.
        """
        self.amend("PORT REPLACE 993 TCP IMAP SECURE MAILCERT\nSSLLIMITS WAIT 5\nPORT 995 TCP POP SECURE MAILCERT")
        self.assertEqual([entry.first for entry in self.amended.ports], [993, 995])

    def test_findings(self) -> None:
        """
        What is wrong is found under the name of the file that was obeyed.
        """
        self.amend("\nNONSENSE 1\n")
        (finding,) = self.findings.all()
        self.assertEqual((finding.file, finding.line, finding.said.id), ("EXTRA.TCPIP", 2, "SSLP201E"))

    def test_dropped(self) -> None:
        """
        PORT drops entries only with REPLACE; what would go and how to go on is said.
        """
        self.amend("PORT 993 TCP IMAP SECURE MAILCERT 8443 TCP WEBSERV SECURE OTHER")
        [found] = self.findings.all()
        text = (
            "EXTRA.TCPIP:1: SSLP065E PORT would drop 21 TCP FTPSERVE; PORT ADD keeps the list, "
            "PORT REPLACE drops these entries"
        )
        self.assertEqual(str(found), text)
        self.findings = Findings()
        self.amend("PORT REPLACE 993 TCP IMAP SECURE MAILCERT")
        [found] = self.findings.all()
        dropped = "SSLP066I PORT replaced the whole list and dropped 21 TCP FTPSERVE, 8443 TCP WEBSERV"
        self.assertEqual(str(found.said), dropped)
        self.assertEqual(self.ports(), ["993 TCP IMAP"])

    def test_address(self) -> None:
        """
        An entry for other addresses is another one.
        """
        self.amend("PORT 21 TCP FTPSERVE 8443 TCP WEBSERV SECURE WEBCERT BIND ::1")
        self.assertEqual(self.found(), ["SSLP065E"])

    def test_nothingDropped(self) -> None:
        """
        A list that has all that was there needs nothing to be said.
        """
        self.amend("PORT 21 TCP FTPSERVE 8443 TCP OTHER SECURE NEW 993 TCP IMAP SECURE MAILCERT")
        self.assertEqual((self.found(), len(self.ports())), ([], 3))

    def test_lists_dropped(self) -> None:
        """
        Of other lists it is said what goes.
        """
        self.amend("OBEY MAINT ENDOBEY AUTOLOG REPLACE A 0 ENDAUTOLOG")
        self.assertEqual([str(each.said.fields["entries"]) for each in self.findings.all()], ["TCPMAINT", "FTPSERVE"])
        self.assertEqual(self.users(), (["MAINT"], ["A"]))

    def test_many(self) -> None:
        """
        Of many entries the first ones are named.
        """
        self.amend("PORT ADD " + " ".join(f"{port} TCP X\n" for port in range(1000, 1010)))
        self.profile = self.amended
        self.amend("PORT REPLACE 443 TCP X SECURE Y")
        [found] = self.findings.all()
        self.assertTrue(str(found).endswith(", 1005 TCP X and 4 more"), found)

    def test_add(self) -> None:
        """
        ADD keeps what is there; what is there already changes nothing.  No list need be ended.
        """
        self.amend(
            "PORT ADD 993 TCP IMAP SECURE MAILCERT 21 TCP FTPSERVE\nOBEY ADD MAINT TCPMAINT\n"
            "AUTOLOG ADD IMAP 0 FTPSERVE\nOBEY ADD LAST ENDOBEY\n"
        )
        self.assertEqual(self.ports(), ["21 TCP FTPSERVE", "8443 TCP WEBSERV", "993 TCP IMAP"])
        self.assertEqual((self.users(), self.found()), ((["TCPMAINT", "MAINT", "LAST"], ["FTPSERVE", "IMAP"]), []))
        self.assertEqual(([each.first for each in self.profile.ports], len(self.profile.obey)), ([21, 8443], 1))

    def test_delete(self) -> None:
        """
        DELETE takes away a port, by its address and label where they are given, and users of one line.
        """
        self.amend("PORT ADD 8443 TCP WEBSERV SECURE OTHER BIND ::1 8000-8010 TCP X")
        self.profile = self.amended
        for text, left in (
            ("DELETE PORT 8443", ["21 TCP FTPSERVE", "8000-8010 TCP X"]),
            ("DELETE PORT 8443 BIND 0:0::1", ["21 TCP FTPSERVE", "8443 TCP WEBSERV", "8000-8010 TCP X"]),
            ("DELETE PORT 8443 LABEL OTHER", ["21 TCP FTPSERVE", "8443 TCP WEBSERV", "8000-8010 TCP X"]),
            (
                "DELETE PORT 8443 LABEL OTHER BIND ::1 DELETE PORT 8000-8010\ndelete port 21",
                ["8443 TCP WEBSERV", "8000-8010 TCP X"],
            ),
        ):
            self.findings = Findings()
            self.amend(text.replace(" DELETE", "\nDELETE", 1) if text.count("DELETE") > 1 else text)
            self.assertEqual(self.found(), [], text)
            self.assertEqual(self.ports(), left if "21" not in text else ["8443 TCP WEBSERV"], text)
        self.amend("DELETE OBEY TCPMAINT\nDELETE AUTOLOG FTPSERVE")
        self.assertEqual((self.users(), self.found()), (([], []), []))

    def test_wrong(self) -> None:
        """
        What cannot be deleted or added is found.
        """
        for text, expected in (
            ("DELETE PORT 99", "SSLP067E DELETE PORT 99"),
            ("DELETE PORT 8443 BIND ::1", "SSLP067E DELETE PORT 8443 BIND ::1: the list"),
            ("DELETE PORT 21 LABEL X", "SSLP067E DELETE PORT 21 LABEL X: the list"),
            ("DELETE OBEY NOBODY", "SSLP067E DELETE OBEY NOBODY: the list"),
            ("DELETE PORT", "SSLP202E DELETE PORT: found end of line, expected a port number"),
            ("DELETE PORT 8443 TCP", "SSLP202E DELETE PORT: found TCP, expected BIND or LABEL"),
            ("DELETE PORT 8443 BIND x", "SSLP202E DELETE PORT BIND: found x"),
            ("DELETE PORT 8443 LABEL x", "SSLP202E DELETE PORT LABEL: found x"),
            ("DELETE PORT 70000", "SSLP209E 70000"),
            ("DELETE OBEY", "SSLP202E DELETE OBEY: found end of line"),
            ("DELETE SSLLIMITS", "SSLP202E DELETE: found SSLLIMITS, expected PORT or OBEY or AUTOLOG"),
            ("OBEY ADD", "SSLP202E OBEY ADD: found end of line"),
            ("PORT", "SSLP202E PORT: found end of line"),
            ("PORT 8443 TCP WEBSERV SECURE webcert", "SSLP202E PORT SECURE: found webcert"),
            ("AUTOLOG ADD\nSSLLIMITS WAIT 5", "SSLP202E AUTOLOG ADD: found end of line"),
        ):
            self.findings = Findings()
            self.amend(text)
            [found] = self.findings.all()
            self.assertTrue(str(found.said).startswith(expected), (text, str(found)))

    def test_form(self) -> None:
        """
        DELETE, ADD and REPLACE on the wrong side of the keyword: the right form is named, and nothing is changed.
        """
        for text, form in (
            ("PORT DELETE 8443", "DELETE PORT"),
            ("AUTOLOG DELETE WEBSERV ENDAUTOLOG", "DELETE AUTOLOG"),
            ("obey delete TCPMAINT ENDOBEY", "DELETE OBEY"),
            ("ADD PORT 993 TCP IMAP SECURE MAILCERT", "PORT ADD"),
            ("replace autolog A 0 ENDAUTOLOG", "AUTOLOG REPLACE"),
        ):
            self.findings = Findings()
            self.amend(text)
            [found] = self.findings.all()
            self.assertEqual((found.said.id, found.said.fields["form"]), ("SSLP076E", form), text)
            self.assertEqual((len(self.ports()), self.users()), (2, (["TCPMAINT"], ["FTPSERVE"])))

    def test_droppedBesides(self) -> None:
        """
        What a list drops is found though there are errors elsewhere, but not where the list itself has errors.
        """
        good = "PORT 993 TCP IMAP SECURE MAILCERT\n"
        self.amend(f"{good}DELETE PORT 28472\nSSLLIMITS WAIT x\n")
        self.assertEqual(self.found(), ["SSLP067E", "SSLP202E", "SSLP065E"])
        self.findings = Findings()
        self.amend(f"{good}PORT 8443 TCP WEBSERV SECURE webcert\n")
        self.assertEqual(self.found(), ["SSLP202E"])

    def test_again(self) -> None:
        """
        What has been obeyed is obeyed on top of a profile that has been changed: what an entry asks for may be there
        or be gone, and a list that has been replaced stays so, which is said where the profile has got more.
        """
        text = "PORT ADD 8443 TCP OTHER SECURE NEW\nDELETE PORT 99\nDELETE OBEY NOBODY\nOBEY ADD TCPMAINT"
        self.amend(text, again=True)
        self.assertEqual((self.ports(), self.found()), (["21 TCP FTPSERVE", "8443 TCP OTHER"], []))
        self.amend("PORT REPLACE 993 TCP IMAP SECURE MAILCERT", again=True)
        self.assertEqual((self.ports(), self.found()), (["993 TCP IMAP"], []))
        self.amend("PORT 993 TCP IMAP SECURE MAILCERT", again=True)
        self.assertEqual((self.ports(), self.found()), (["993 TCP IMAP"], ["SSLP069W"]))

    def test_profile(self) -> None:
        """
        The profile itself is no change of a list.
        """
        for text, what in (
            ("PORT ADD 1 TCP A", "PORT ADD"),
            ("OBEY REPLACE A ENDOBEY", "OBEY REPLACE"),
            ("AUTOLOG ADD A 0", "AUTOLOG ADD"),
            ("DELETE PORT 8443", "DELETE"),
        ):
            findings = Findings()
            parseProfile("F", text, findings)
            self.assertEqual([each.said for each in findings.all()], [said("SSLP068E", what=what)], text)
