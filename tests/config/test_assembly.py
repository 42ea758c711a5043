"""
Tests for L{sslpool.config.assembly}: the files as a whole.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.assembly import assemble
from sslpool.config.configuration import Application, Assembly, Position, SecurePort
from sslpool.messages import CATALOGUE, Severity
from sslpool.messages.configuration import MESSAGES
from tests.config.support import assembled, etc, places, zvm
from tests.growth import assertLinear

#: Pieces of the language, to build files that are nearly right.
WORDS = """
PORT SECURE BIND TCP UDP 8443 443 WEBSERV WEBCERT SSLSERVERID * TIMEOUT SSLLIMITS MAXSESSIONS MAXPERSSLSERVER ROUTING
ALLOW DENY 10.0.0.0/8 FOREIGNIPCONLIMIT LIMITEXEMPT ENDLIMITEXEMPT PEERRATE
AUTOLOG ENDAUTOLOG OBEY ENDOBEY HOME 192.0.2.1 ::1 INTERNALCLIENTPARMS ENDINTERNALCLIENTPARMS TLSLABEL GATEWAY INFORM
:nick. :nick.SSL* :nick.WEBSERV :type.server :type.class :class.ssl :class.ssl_dcss_agent :class.stack :stack.TCPIP
:stack. :for.SSL* :dcss_parms.<DEFAULT> :address.127.0.0.1:80 :parms.KEYFILE :admin_id_list.ROOT
x EXEMPT HIGH CACHELIFE
TCPIPUSERID TCPIP TCPIP2 NODE1: USER SSL SSLDCSSM POOL LOW HIGH PROFILE NAMESAVE INCLUDE POSIXINFO UID SHARE
1 2 , ; * .*
"""
NAMES = ("PROFILE.TCPIP", "TCPIP.TCPIP", "SYSTEM.DTCPARMS", "IBM.DTCPARMS", "SSL.DTCPARMS", "TCPIP.DATA", "USER.DIRECT")
#: A file of words in lines, or of anything.
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*WORDS.split(), "\n", "\n", "\0", "²", "ſ", "é", "\x1b[", "\ud800"]), max_size=60).map(
        " ".join
    ),
)


class SoundTests(SynchronousTestCase):
    """
    The configuration that comes with the product.
    """

    def test_etc(self) -> None:
        """
        It is complete, and there is nothing to say against it.
        """
        assembly = assembled()
        self.assertEqual([str(each) for each in assembly.findings if each.severity is not Severity.INFORMATION], [])
        configuration = assembly.configuration
        assert configuration is not None
        place = configuration.ports[0].position
        self.assertEqual(place.file, "PROFILE.TCPIP")
        port = SecurePort(8443, "WEBSERV", "WEBCERT", None, "127.0.0.1:8080", place, source="127.0.0.1")
        self.assertEqual(configuration.ports, (port,))
        self.assertEqual((configuration.stack, configuration.serverId, configuration.timeout), ("TCPIP", "*", 60))
        self.assertEqual(
            (configuration.poolPrefix, configuration.poolHigh, configuration.agent), ("SSL", 5, "SSLDCSSM")
        )
        self.assertEqual(configuration.keyFile, "/conf/gskadm/Database.kdb")
        self.assertEqual(configuration.administrators, {"TCPMAINT", "GSKADMIN", "ROOT"})
        self.assertEqual(configuration.obey, {"TCPMAINT", "ROOT"})

    def test_absoluteKeyFile(self) -> None:
        """
        An absolute KEYFILE is kept as written.
        """
        text = etc()["IBM.DTCPARMS"].replace("gskadm/Database.kdb", "/etc/My/Keys.kdb")
        configuration = assembled({"IBM.DTCPARMS": text}).configuration
        assert configuration is not None
        self.assertEqual(configuration.keyFile, "/etc/My/Keys.kdb")

    def test_started(self) -> None:
        """
        AUTOLOG's applications are in the order of the profile, with command and parameters.
        """
        profile = etc()["PROFILE.TCPIP"].replace(";  WEBSERV 0", "ENDAUTOLOG AUTOLOG NFS 0 WEBSERV 0")
        local = ":nick.WEBSERV :type.server :address./run/w :command.Run\n:nick.NFS :type.server :command.x :parms.-y"
        configuration = assembled({"PROFILE.TCPIP": profile, "SYSTEM.DTCPARMS": local}).configuration
        assert configuration is not None
        self.assertEqual(configuration.autolog, ("NFS", "WEBSERV"))
        self.assertEqual(
            configuration.applications,
            (
                Application("WEBSERV", "/run/w", "Run", Position("SYSTEM.DTCPARMS", 1)),
                Application("NFS", None, "x -Y", Position("SYSTEM.DTCPARMS", 2)),
            ),
        )


class ChoiceTests(SynchronousTestCase):
    """
    Which file and which stack.
    """

    def test_profile(self) -> None:
        """
        The stack's profile comes before the node's, and that before PROFILE TCPIP.
        """
        text = etc()["PROFILE.TCPIP"]
        files: dict[str, str | None] = {}
        for name, port in (("NODE1.TCPIP", "1001"), ("TCPIP.TCPIP", "1002")):
            files[name] = text.replace("8443", port)
            configuration = assembled(files).configuration
            assert configuration is not None
            self.assertEqual([each.number for each in configuration.ports], [int(port)])

    def test_withoutEffect(self) -> None:
        """
        Of statements that are read and have no effect it is said why.
        """
        text = "SSLSERVERID *\nHOME 192.0.2.1 LINK1\nINTERNALCLIENTPARMS TLSLABEL TELNET ENDINTERNALCLIENTPARMS\n"
        found = [each for each in assembled({"PROFILE.TCPIP": text}).findings if each.said.id == "SSLP203I"]
        ids = [(each.line, str(each.said).split()[1]) for each in found]
        self.assertEqual(ids, [(2, "HOME"), (3, "INTERNALCLIENTPARMS")])

    def test_noProfile(self) -> None:
        """
        A missing profile is one clear error that names the files looked for.
        """
        assembly = assembled({"PROFILE.TCPIP": None}, stack="TCPIP")
        [finding] = [each for each in assembly.findings if each.said.id == "SSLP220E"]
        self.assertIn("TCPIP.TCPIP, NODE1.TCPIP, PROFILE.TCPIP", finding.said.text)
        self.assertIsNone(assembly.configuration)

    def test_stack(self) -> None:
        """
        The stack is the one given, else TCPIPUSERID, else TCPIP.
        """
        moved = {name: text.replace("TCPIP\n", "TCPIP9\n") for name, text in etc().items()}
        moved["IBM.DTCPARMS"] = moved["IBM.DTCPARMS"].replace(":nick.TCPIP ", ":nick.TCPIP9 ")
        cases: list[tuple[dict[str, str | None], str | None, str]] = [
            ({}, None, "TCPIP"),
            ({"TCPIP.DATA": None}, None, "TCPIP"),
            ({**moved}, None, "TCPIP9"),
            ({**moved, "TCPIP.DATA": "TCPIPUSERID OTHER"}, "tcpip9", "TCPIP9"),
        ]
        for changes, stack, expected in cases:
            configuration = assembled(changes, stack).configuration
            assert configuration is not None
            self.assertEqual(configuration.stack, expected)

    def test_noData(self) -> None:
        """
        A missing TCPIP DATA is information.
        """
        self.assertEqual(places(assembled({"TCPIP.DATA": None})), [("SSLP270I", "TCPIP.DATA", 0)])

    def test_nothing(self) -> None:
        """
        Without any file the next steps are named, and nothing is raised.
        """
        assembly = assemble({}, "/conf", None, "node1")
        self.assertEqual(
            [each.said.id for each in assembly.findings], ["SSLP270I", "SSLP220E", "SSLP242E", "SSLP236E", "SSLP217W"]
        )


class FuzzTests(SynchronousTestCase):
    """
    Files that are wrong in any way.
    """

    def check(self, assembly: Assembly) -> None:
        """
        What holds for every outcome.
        """
        errors = [each for each in assembly.findings if each.severity is Severity.ERROR]
        self.assertEqual(assembly.configuration is None, bool(errors))
        for finding in assembly.findings:
            self.assertTrue(finding.file)
            self.assertGreaterEqual(finding.line, 0)
            self.assertTrue(str(finding).isprintable())

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(NAMES), TEXTS))
    def test_anything(self, files: dict[str, str]) -> None:
        """
        Any text gives findings with a place, never an exception.
        """
        self.check(assemble(files, "/conf", None, "NODE1"))

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(etc())), st.data())
    def test_mutated(self, name: str, data: st.DataObject) -> None:
        """
        A sound configuration with a piece replaced gives findings with a place, never an exception.
        """
        text = etc()[name]
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        self.check(assembled({name: text[:start] + data.draw(TEXTS) + text[end:]}))

    @settings(max_examples=50, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(zvm())), st.data())
    def test_mutatedSample(self, name: str, data: st.DataObject) -> None:
        """
        So do the files of a z/VM system, with all the statements that they have.
        """
        text = zvm()[name]
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        files = zvm() | {name: text[:start] + data.draw(TEXTS) + text[end:]}
        self.check(assemble(files, "/conf", None, "NODE1"))

    def test_characterByCharacter(self) -> None:
        """
        A sound file may end anywhere, and any character of it may be another one.
        """
        for name, text in etc().items():
            for place in range(len(text)):
                rest = "" if place % 2 else "\0:;.*é\n"[place % 7] + text[place + 1 :]
                self.check(assembled({name: text[:place] + rest}))

    def test_manyLines(self) -> None:
        """
        Many lines of any file take linear time: nonsense, what is right, what is given again and again.
        """
        lines = {
            "PROFILE.TCPIP": ("OBEY A ENDOBEY", "PORT 1 TCP A", "HOME 192.0.2.1 L", "SSLSERVERID *", "AUTOLOG A"),
            "SYSTEM.DTCPARMS": (":nick.A :type.server", ":parms.A", ":attach.A", "A"),
            "TCPIP.DATA": ("HOSTNAME A", "DOMAINSEARCH A", "NODE1: TCPIPUSERID A"),
            "USER.DIRECT": ("USER A B 1M 2M G", "LINK A 191 191 RR", "NAMESAVE A,", "POOL LOW 1 HIGH 5"),
        }
        for name, kinds in lines.items():
            text = "\n".join((*kinds, "\0", "x", ""))
            assertLinear(lambda size, name=name, text=text: assembled({name: text * size}), 2_000)  # type: ignore[misc]

    def test_large(self) -> None:
        """
        Many lines and long lines take linear time, whatever they say; so do entries of servers and ports.
        """

        def entries(size: int) -> None:
            text = "".join(f":nick.SSL{n:05} :type.server :class.ssl\n" for n in range(size))
            self.check(assembled({"SYSTEM.DTCPARMS": text, "PROFILE.TCPIP": "PORT\n" + "1 TCP A SECURE B\n" * size}))

        for name in NAMES:
            for line in ("FOO\n", "x" * 500 + "\n"):
                assertLinear(lambda size, name=name, line=line: assembled({name: line * size}), 2_000)  # type: ignore[misc]
            self.check(assembled({name: "x" * 10_000 + "\n"}))
        assertLinear(entries, 4_000)


class CatalogueTests(SynchronousTestCase):
    """
    The messages of the section.
    """

    def test_ids(self) -> None:
        """
        Ids are unique, and ours are within the section's numbers.
        """
        ids = [message.id for message in MESSAGES]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertEqual([each for each in ids if not each.startswith("SSLP2")], ["DTCRUN1028E", "DTCRUN1099E"])
        self.assertTrue(set(ids) <= set(CATALOGUE))

    def test_sentences(self) -> None:
        """
        Explanation and action are full sentences without anything left to fill in.
        """
        for message in MESSAGES:
            for sentence in (message.explanation, message.action):
                self.assertRegex(sentence, r"^[A-Z].*\.$", message.id)
                self.assertNotIn("{", sentence, message.id)
