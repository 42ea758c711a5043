"""
Tests for L{sslpool.commands.syntax}, with the grammars of both programs.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.options import OPTIONS, Options, abbreviates, userid
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.syntax import Grammar, Misuse, Request
from sslpool.messages import OperatorError

GRAMMARS = (ssladmin.PROGRAM.grammar, sslnetstat.PROGRAM.grammar)
KEYWORDS = sorted({keyword for grammar in GRAMMARS for form in grammar.forms for keyword in form.keywords})


def admin(text: str, given: Options | None = None) -> Request:
    """
    Parse one shell word for SSLADMIN.
    """
    return ssladmin.PROGRAM.grammar.parse([text], given or Options())


def netstat(text: str) -> Request:
    """
    Parse one shell word for NETSTAT.
    """
    return sslnetstat.PROGRAM.grammar.parse([text], Options())


class AbbreviationTests(SynchronousTestCase):
    """
    Keywords abbreviate down to their capitals.
    """

    def test_abbreviates(self) -> None:
        """
        Any length from the capitals to the whole word, in any case, and no other.
        """
        for word in ("sum", "SUMM", "summary", "Summary"):
            self.assertTrue(abbreviates(word, "SUMmary"), word)
        for word in ("", "su", "summarys", "sumx", "xsum"):
            self.assertFalse(abbreviates(word, "SUMmary"), word)

    @given(st.sampled_from(KEYWORDS), st.integers(1, 12), st.booleans())
    def test_every(self, keyword: str, length: int, lower: bool) -> None:
        """
        Each prefix is accepted if and only if it has all the capitals.
        """
        word = keyword[:length].lower() if lower else keyword[:length].upper()
        capitals = sum(character.isupper() for character in keyword)
        self.assertEqual(abbreviates(word, keyword), len(word) >= capitals)

    def test_unambiguous(self) -> None:
        """
        In no place do two keywords share an abbreviation.
        """
        for grammar in GRAMMARS:
            for depth in range(3):
                places: dict[tuple[str, ...], set[str]] = {}
                for form in grammar.forms:
                    if len(form.keywords) > depth:
                        places.setdefault(form.keywords[:depth], set()).add(form.keywords[depth])
                for words in places.values():
                    for one in words:
                        for other in words - {one}:
                            least = "".join(character for character in one if character.isupper())
                            self.assertFalse(abbreviates(least, other), f"{one} and {other}")


class CommandTests(SynchronousTestCase):
    """
    The commands of SSLADMIN.
    """

    def test_default(self) -> None:
        """
        Without operands it is QUERY STATUS SUMMARY of all servers.
        """
        for text in ("", "  ", "(", "()", "query", "q st", "Query Status", "QUERY STATUS SUMMARY", "q st sum ()"):
            request = admin(text)
            self.assertEqual((request.form.action, request.options), ("summary", Options()), text)

    def test_commands(self) -> None:
        """
        Each command is found by its shortest and its full form.
        """
        for short, full, action in (
            ("q st det", "query status details", "details"),
            ("q sess", "query sessions", "sessions"),
            ("sta", "start", "start"),
            ("sto", "stop", "stop"),
            ("rest", "restart", "restart"),
            ("ref", "refresh", "refresh"),
            ("help", "HELP", "help"),
            ("q set", "query settings", "settings"),
            ("set (ssl all", "SET (SSLSERVER ALL", "set"),
            ("cle", "clear", "clear"),
        ):
            self.assertEqual((admin(short).form.action, admin(full).form.action), (action, action))

    def test_server(self) -> None:
        """
        A server may be named behind the command, as the option SSLSERVER is, and ALL.
        """
        for command in ("start", "stop", "restart", "refresh", "log", "closecon", "notrace"):
            self.assertEqual(admin(f"{command} ssl00002"), admin(f"{command} (ssl ssl00002"), command)
            self.assertEqual(admin(f"{command} all"), admin(command), command)
        self.assertEqual(admin("stop ssl00002 (now").options, Options("SSL00002", now=True))
        self.assertEqual(admin("stop sslserv").options.server, "SSLSERV")
        default = ssladmin.PROGRAM.grammar.parse(["stop all"], Options(), lambda: Options("SSL00002"))
        self.assertIsNone(default.options.server)

    def test_prefixes(self) -> None:
        """
        A keyword behind the first may be shorter than its capitals where nothing else begins so; a
        command, and where an operand may stand, may not.
        """
        for text, action in (
            ("q tr", "traces"),
            ("q ses", "sessions"),
            ("q c", "cache"),
            ("q st s", "summary"),
            ("q st d", "details"),
            ("help q ses", "help"),
        ):
            self.assertEqual(admin(text).form.action, action, text)
        self.assertEqual(netstat("ssl sta ssl00002").form.action, "start")
        self.assertEqual(admin("refresh k").options.server, "K")
        for text in ("tr all", "c", "q se", "q s"):
            self.assertRaises(OperatorError, admin, text)

    def test_helpSign(self) -> None:
        """
        C{?} is HELP, as the first word and behind keywords; in a statement it is a word.
        """
        self.assertEqual(admin("? stop"), admin("help stop"))
        self.assertEqual(netstat("?").form.action, "help")
        for text, topic in (("obey ?", "obey"), ("conf ssl ?", "conf ssl"), ("ssl ?", "ssl"), ("? conn", "conn")):
            request = netstat(text)
            self.assertEqual((request.form.action, request.operand), ("help", topic), text)
        self.assertEqual(netstat("obey port ?").form.action, "obey")
        self.assertEqual((admin("q st ?").form.action, admin("q st ?").operand), ("help", "q st"))

    def test_words(self) -> None:
        """
        It does not matter how the shell splits the command.
        """
        expected = admin("STOP (SSL SSL00002 NOW)")
        for words in (
            ["STOP", "(SSL", "SSL00002", "NOW"],
            ["STOP", "(", "SSL", "SSL00002", "NOW", ")"],
            ["STOP(SSL SSL00002", "NOW)"],
            ["stop", "(now ssl ssl00002"],
        ):
            self.assertEqual(ssladmin.PROGRAM.grammar.parse(words, Options()), expected)
        self.assertEqual(expected.options, Options(server="SSL00002", now=True))

    def test_obey(self) -> None:
        """
        What is to be obeyed is all that follows, as it was typed; TEST is an option.
        """
        request = netstat("obey ssllimits maxsessions 5 (test")
        self.assertEqual((request.form.action, request.operand), ("obey", "ssllimits maxsessions 5"))
        self.assertTrue(request.options.test)
        self.assertFalse(netstat("obeyfile extra.tcpip").options.test)
        for text, expected in (("obey", "SSLP422E"), ("obey x (test test", "SSLP425E"), ("conn (test", "SSLP426E")):
            error = self.assertRaises(OperatorError, netstat, text)
            self.assertEqual(error.said.id, expected, text)

    def test_errors(self) -> None:
        """
        Each mistake has its message, which names the word.
        """
        for text, expected in (
            ("bogus", "SSLP420E bogus is not a command of SSLADMIN"),
            ("re", "SSLP434E re is ambiguous: REFresh or RESTart"),
            ("st", "SSLP434E st is ambiguous: STArt or STOp"),
            ("query s", "SSLP434E s is ambiguous: SERVing or SESSions or SETtings or STatus"),
            ("q sess x", "SSLP421E x is not an operand of QUERY SESSIONS"),
            ("query bogus", "SSLP421E bogus is not an operand of QUERY"),
            ("query status bogus", "SSLP421E bogus is not an operand of QUERY STATUS"),
            ("q st sum bogus", "SSLP421E bogus is not an operand of QUERY STATUS SUMMARY"),
            ("q se", "SSLP434E se is ambiguous: SERVing or SESSions or SETtings"),
            ("stop ssl00001 ssl00002", "SSLP421E ssl00002 is not an operand of STOP"),
            ("stop now", "SSLP421E now is not an operand of STOP"),
            ("restart now", "SSLP421E now is not an operand of RESTART"),
            ("stop toolongname", "SSLP424E SSLSERVER needs a user ID of at most 8 characters; found toolongname"),
            ("stop ssl00001 (ssl ssl00002", "SSLP425E SSLSERVER is given more than once"),
            ("refresh keys ssl00001", "SSLP421E ssl00001 is not an operand of REFRESH KEYS"),
            ("start (bogus", "SSLP423E bogus is not an option"),
            ("start (ss ssl00001", "SSLP423E ss is not an option"),
            ("start (ssl", "SSLP424E SSLSERVER needs a user ID of at most 8 characters; found nothing"),
            ("start (ssl toolongname", "SSLP424E SSLSERVER needs a user ID of at most 8 characters; found toolongname"),
            ("(tcp ../x", "SSLP424E TCPSERVER needs a user ID of at most 8 characters; found ../x"),
            ("(mon 0", "SSLP424E MONITOR needs a number of seconds from 1 to 86400; found 0"),
            ("(mon ²", "SSLP424E MONITOR needs a number of seconds from 1 to 86400; found ²"),
            ("(mon", "SSLP424E MONITOR needs a number of seconds from 1 to 86400; found nothing"),
            ("(ssl a ssl b", "SSLP425E SSLSERVER is given more than once"),
            ("(ssl all ssl all", "SSLP425E SSLSERVER is given more than once"),
            ("stop (now now", "SSLP425E NOW is given more than once"),
            ("start (mon 5", "SSLP426E MONITOR does not apply to START"),
            ("q set (ssl ssl00001", "SSLP426E SSLSERVER does not apply to QUERY SETTINGS"),
            ("set (mon 5", "SSLP426E MONITOR does not apply to SET"),
            ("q st (now", "SSLP426E NOW does not apply to QUERY STATUS"),
            ("start ) x", "SSLP427E ) is not expected here"),
            ("start (ssl ssl00001) x", "SSLP427E ) is not expected here"),
            ("start (ssl ssl00001 (now", "SSLP427E ( is not expected here"),
        ):
            self.assertEqual(str(self.assertRaises(OperatorError, admin, text)), expected)

    @given(st.lists(st.text() | st.sampled_from([*KEYWORDS, "(", ")", "SSL", "MON", "NOW", "5"])))
    def test_anything(self, words: list[str]) -> None:
        """
        Whatever is typed is either understood or refused with a message.
        """
        for grammar in GRAMMARS:
            try:
                request = grammar.parse(words, Options())
            except OperatorError as error:
                self.assertTrue(str(error).startswith(("SSLP42", "SSLP434E")))
            else:
                self.assertIn(request.form, grammar.forms)


class OptionTests(SynchronousTestCase):
    """
    Options in parentheses, and together with those in the shell's manner.
    """

    def test_all(self) -> None:
        """
        All options together, in any order and length.
        """
        expected = Options("SSL00004", "TCPIP10", 5)
        for text in (
            "q sess (sslserver ssl00004 tcpserver tcpip10 monitor 5",
            "q sess (MON 5 TCP TCPIP10 SSL SSL00004)",
        ):
            self.assertEqual(admin(text).options, expected)

    def test_allServers(self) -> None:
        """
        ALL is the same as not naming a server.
        """
        self.assertEqual(admin("start (ssl all").options, Options())
        self.assertEqual(admin("start", Options(server="ALL")).options, Options())

    def test_defaults(self) -> None:
        """
        What was SET counts where the command names nothing, ALL included, and not for SET itself.
        """

        def parse(text: str) -> Options:
            return ssladmin.PROGRAM.grammar.parse([text], Options(), lambda: Options("SSL00002", "T2")).options

        self.assertEqual(parse("stop"), Options("SSL00002", "T2"))
        self.assertEqual(parse("stop (ssl all tcp t3"), Options(None, "T3"))
        self.assertEqual(parse("set (ssl all"), Options("ALL"))

    def test_bothManners(self) -> None:
        """
        Both manners may be mixed, but no option given twice.
        """
        self.assertEqual(admin("stop (ssl ssl00001", Options(now=True)).options, Options("SSL00001", now=True))
        error = self.assertRaises(OperatorError, admin, "stop (ssl ssl00001", Options(server="SSL00002"))
        self.assertEqual(error.said.id, "SSLP425E")

    def test_userid(self) -> None:
        """
        A userid is put in upper case and has nothing that means something in a path.
        """
        self.assertEqual(userid("X", "tcp@ip#1"), "TCP@IP#1")
        for word in ("", "a/b", "..", "toolongname", "a b", "ä", "A\n"):
            self.assertRaises(OperatorError, userid, "X", word)


class SyntaxTests(SynchronousTestCase):
    """
    An error shows how the command would be right.
    """

    def syntax(self, text: str) -> str:
        """
        Return what is shown for a wrong command.
        """
        error: Misuse = self.assertRaises(Misuse, admin, text)
        return error.syntax

    def test_oneForm(self) -> None:
        """
        A command that was recognized is shown with its options.
        """
        expected = "SSLADMIN STOp [userid|ALL] [( [SSLserver userid|ALL] [TCPserver userid] [NOW] [)]]"
        for text in ("stop x y", "stop (bogus", "stop (now now", "sto (mon 5"):
            self.assertEqual(self.syntax(text), expected, text)
        line = self.assertRaises(Misuse, netstat, "ssl stop").syntax
        self.assertEqual(line, "SSLNETSTAT SSL STOp userid [( [TCPserver userid] [NOW] [)]]")
        query = "SSLADMIN Query STatus [( [SSLserver userid|ALL] [TCPserver userid] [MONitor seconds] [)]]"
        self.assertEqual(self.syntax("q st (now"), query)

    def test_severalForms(self) -> None:
        """
        Of a command with several forms, what can follow what was understood, in one line.
        """
        for text, expected in (
            ("query bogus", "SSLADMIN Query STatus|SERVing|SESSions|SETtings|CAChe|TRAce [( options [)]]"),
            ("query status bogus", "SSLADMIN Query STatus SUMmary|DETails [( options [)]]"),
        ):
            self.assertEqual(self.syntax(text), expected)
        line = self.assertRaises(Misuse, netstat, "ssl x").syntax
        self.assertEqual(line, "SSLNETSTAT SSL STArt|STOp [( options [)]]")

    def test_default(self) -> None:
        """
        Of options without a command, those of the default.
        """
        self.assertTrue(self.syntax("(mon").startswith("SSLADMIN Query STatus SUMmary [("))

    def test_noForm(self) -> None:
        """
        For what is no command, the way to the list of them.
        """
        self.assertIn("SSLADMIN HELP", self.syntax("bogus"))

    def test_every(self) -> None:
        """
        What is shown is itself understood, operands and options included.
        """
        example = {"userid|ALL": "SSL00001", "userid": "TCPIP", "seconds": "5", "userid|port|address ...": "443"}
        for grammar in GRAMMARS:
            for form in grammar.forms:
                options = " ".join(
                    f"{option.keyword} {example.get(option.operand, '')}"
                    for option in OPTIONS
                    if option.name in ("TCPSERVER", *form.takes)
                )
                if form.fills and not form.optional:
                    continue  # its operand and the option are the same
                given = {"[port]": "443"}.get(form.operand, "1")
                for operand in {"" if form.optional else given, given if form.operand and not form.fills else ""}:
                    request = grammar.parse([*form.keywords, operand, "(", options], Options())
                    self.assertEqual(request.form, form)


class NetstatTests(SynchronousTestCase):
    """
    The commands of NETSTAT.
    """

    def test_commands(self) -> None:
        """
        Each command, by its shortest and its full form; without operands it is CONN.
        """
        for text, action, operand in (
            ("", "connections", ""),
            ("conn", "connections", ""),
            ("conf ssl", "configuration", ""),
            ("CONFIG SSL", "configuration", ""),
            ("allc", "allconnections", ""),
            ("ALLCONN websrv 192.0.2.1..443", "allconnections", "websrv 192.0.2.1..443"),
            ("ident ssl", "identities", ""),
            ("IDENTIFY SSL 8443", "identities", "8443"),
            ("ssl start ssl00002", "start", "ssl00002"),
            ("ssl sto ssl00002", "stop", "ssl00002"),
        ):
            request = netstat(text)
            self.assertEqual((request.form.action, request.operand), (action, operand))

    def test_interval(self) -> None:
        """
        INTERVAL is CONN with MONITOR.
        """
        self.assertEqual(netstat("interval 5").options, netstat("conn (mon 5").options)
        self.assertEqual(netstat("int 5 (select 443").options.select, ("443",))

    def test_stack(self) -> None:
        """
        TCP names the stack before or behind the operands, as the option does.
        """
        for text in ("tcp tcpip10 conn", "conn tcp tcpip10", "CONN (TCP TCPIP10"):
            request = netstat(text)
            self.assertEqual((request.form.action, request.options), ("connections", Options(stack="TCPIP10")))
        self.assertEqual(netstat("tcp tcpip10").form.action, "connections")

    def test_addressBeforeStatements(self) -> None:
        """
        Behind OBEY they are part of the statement: a PORT entry may end with TCP and a userid.
        """
        request = netstat("tcp tcpip10 obey port 8443 tcp websrv")
        self.assertEqual((request.operand, request.options), ("port 8443 tcp websrv", Options(stack="TCPIP10")))
        self.assertEqual(netstat("obey port 8443 tcp websrv").options.stack, Options().stack)

    def test_errors(self) -> None:
        """
        Each mistake has its message.
        """
        for text, expected in (
            ("ssl", "SSLP422E SSL needs an operand: STArt or STOp"),
            ("interval", "SSLP422E INTERVAL needs an operand: seconds"),
            ("interval x", "SSLP424E MONITOR needs a number of seconds from 1 to 86400; found x"),
            ("interval 5 (mon 5", "SSLP425E MONITOR is given more than once"),
            ("up 5", "SSLP421E 5 is not an operand of UP"),
            ("ssl start", "SSLP422E SSL START needs an operand: userid"),
            ("ssl start a b", "SSLP421E b is not an operand of SSL START"),
            ("ssl start toolongname", "SSLP424E SSL START needs a user ID of at most 8 characters; found toolongname"),
            ("conn 0", "SSLP424E SELECT needs a user ID, a port from 1 to 65535 or an address; found 0"),
            ("conn (select", "SSLP424E SELECT needs a user ID, port or address; found nothing"),
            ("conn (sel 1:2:3", "SSLP424E SELECT needs a user ID, a port from 1 to 65535 or an address; found 1:2:3"),
            ("config ssl (sel 1", "SSLP426E SELECT does not apply to CONFIG SSL"),
            ("identify", "SSLP422E IDENTIFY needs an operand: SSL"),
            ("con", "SSLP434E con is ambiguous: CONFig or CONN"),
            ("ssl start a (ssl b", "SSLP426E SSLSERVER does not apply to SSL START"),
            ("conn tcp a (tcp b", "SSLP425E TCPSERVER is given more than once"),
        ):
            self.assertEqual(str(self.assertRaises(OperatorError, netstat, text)), expected)

    def test_select(self) -> None:
        """
        SELECT takes all that follows, as far as the next option.
        """
        options = netstat("conn (select webserv 8443 ::1..443 mon 5").options
        self.assertEqual((options.select, options.monitor), (("webserv", "8443", "::1..443"), 5))

    def test_now(self) -> None:
        """
        NOW is for STOP.
        """
        self.assertTrue(netstat("ssl stop ssl00001 (now").options.now)
        self.assertRaises(OperatorError, netstat, "ssl start ssl00001 (now")


class DefaultTests(SynchronousTestCase):
    """
    Both grammars as data.
    """

    def test_defaultIsAForm(self) -> None:
        """
        What a program does without operands is one of its forms.
        """
        for grammar in GRAMMARS:
            self.assertIsInstance(grammar, Grammar)
            self.assertIn(grammar.default, grammar.forms)
