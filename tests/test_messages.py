# -*- test-case-name: tests.test_messages -*-
"""
Tests for L{sslpool.messages}: the catalogue, and that the source uses it as it is.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from twisted.logger import Logger, LogLevel, capturedLogs, formatEvent
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from sslpool import messages
from sslpool.messages import CATALOGUE, Finding, OperatorError, Said, Severity, finding, operatorError, said, template
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.messages.said import FOREIGN, fieldsOf
from tests.test_layers import PACKAGE, ROOT, modules, parsed

RANGES = re.compile(r"^    - ([\d, -]+?)  .*\(L\{sslpool\.messages\.(\w+)\}\)$", re.MULTILINE)
"""
A line about a section in the catalogue's docstring: its numbers, and its module.
"""

IDENTIFIER = re.compile(r"\b(?:SSLP\d{3}[A-Z]|DTC[A-Z]{2,4}\d{3,4}[A-Z])\b")

IBM = {
    "DTCRUN1001E": r'"OPENVM MOUNT .*" failed with return code ',
    "DTCRUN1011I": r"Server started at |Running server command: |No parameters in use|Parameters in use:",
    "DTCRUN1022I": r"Console log will be sent to default owner ID: ",
    "DTCRUN1028E": r":Stack\..* specified in .* does not match \"TcpipUserid .*\" in the TCPIP DATA file",
    "DTCRUN1038I": r"Server is not configured to support secure connections",
    "DTCRUN1043I": r"Initiating XAUTOLOG of server ",
    "DTCRUN1046I": r"Using '.*' definition \(.*\) from file: ",
    "DTCRUN1048I": r"SLVL service information for: ",
    "DTCRUN1096I": r"STORAGE = ",
    "DTCRUN1099E": r"Server not started - correct problem and retry",
    "DTCSSL002I": r"mainSSL\(\) started",
    "DTCSSL005E": r"Storage exceeded creating cloneThread",
    "DTCSSL022E": r"Handshake failed rc: .* reason: ",
    "DTCSSL050E": r"close failed with ",
    "DTCSSL107E": r"Internal error: Environment does not exist",
    "DTCSSL505W": r"Local client requested use of CERTNOCHECK; Request ignored",
    "DTCSSL2421E": r".*: Communication error: ",
    "DTCFTS8467E": r"Error verifying TLS label .*: ",
}
"""
IBM's messages that may be used, and how their texts begin.
"""

NOUNS = (
    "servers|sessions|connections|labels|ports|files|certificates|authorities|addresses|sockets|lines|octets|faults|"
    "errors|warnings|keys|users|seconds|minutes|hours|days"
)
MANY = {"SSLP107I", "SSLP108W", "SSLP283E", "SSLP346E", "SSLP349E", "SSLP409E", "SSLP553E"}
"""
What is counted, and the messages whose number is greater than 1, with which plurals stand.
"""

SYNTAX = re.compile(r"\*userid\*|(SSL|TCP)server userid|QUERY userid|SETAUTH|setauth|TCP userid")
"""
Where C{userid} stands for a user ID that is to be written there.
"""

STRICT = {"announce", "finding", "operatorError", "said"}
"""
Functions whose keyword arguments are the fields of a message.
"""


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """
    Yield every string that is not a docstring, with its line.
    """
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def users() -> list[Path]:
    """
    Return the modules that use messages: all but the sections.
    """
    makers = {PACKAGE / "messages" / name for name in ("announce.py", "said.py")}
    return [path for path in modules() if path.parent != PACKAGE / "messages" or path in makers]


class CatalogueTests(SynchronousTestCase):
    """
    Every entry of the catalogue.
    """

    def test_unique(self) -> None:
        """
        No id stands for two messages, in whatever sections; none is lost by joining them.
        """
        counts = Counter(message.id for message in CATALOGUE.values())
        self.assertEqual([each for each, count in counts.items() if count > 1], [])
        defined = [
            value
            for path in modules(PACKAGE / "messages")
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Message"
            for value in [ast.literal_eval(node.args[0])]
        ]
        self.assertEqual(sorted(defined), sorted(CATALOGUE))

    def test_sections(self) -> None:
        """
        Our ids are in the ranges that the catalogue gives to their sections; no number is in two of them.
        """
        numbers: dict[str, set[int]] = {}
        for ranges, section in RANGES.findall(messages.__doc__ or ""):
            for each in ranges.split(", "):
                first, _, last = each.partition("-")
                numbers.setdefault(section, set()).update(range(int(first), int(last or first) + 1))
        sections = {each: getattr(messages, each).MESSAGES for each in numbers}
        self.assertEqual(sum(map(len, sections.values())), len(CATALOGUE))
        wrong = [
            message.id
            for section, found in sections.items()
            for message in found
            if message.id.startswith("SSLP") and int(message.id[4:7]) not in numbers[section]
        ]
        self.assertEqual(wrong, [])
        self.assertEqual(sum(map(len, numbers.values())), len(set().union(*numbers.values())))

    def test_form(self) -> None:
        """
        An id is IBM's or ours, and ends with its severity.
        """
        for each, message in CATALOGUE.items():
            self.assertTrue(each in IBM or re.fullmatch(r"SSLP\d{3}[IWE]", each), each)
            self.assertIs(message.severity, Severity(each[-1]))

    def test_complete(self) -> None:
        """
        Every message says what it means and what to do, in sentences.
        """
        for message in CATALOGUE.values():
            self.assertTrue(message.text.strip(), message.id)
            for sentence in (message.explanation, message.action):
                self.assertRegex(sentence, r"^\S.*[.)]$", message.id)

    def test_templates(self) -> None:
        """
        Every field of a template has a name.
        """
        for message in CATALOGUE.values():
            for name in fieldsOf(message.id):
                self.assertTrue(name.isidentifier(), message.id)

    def test_ibm(self) -> None:
        """
        IBM's ids stand for IBM's messages.
        """
        for each, message in CATALOGUE.items():
            if each in IBM:
                self.assertRegex(message.text, f"^(?:{IBM[each]})", each)


class UseTests(SynchronousTestCase):
    """
    The source and the catalogue agree.
    """

    def test_known(self) -> None:
        """
        Every id in the source, comments and documentation included, is in the catalogue.
        """
        mentioned = {
            (str(path.relative_to(ROOT)), each)
            for path in modules()
            for each in IDENTIFIER.findall(path.read_text("utf-8"))
        }
        self.assertEqual([each for each in sorted(mentioned) if each[1] not in CATALOGUE], [])

    def test_used(self) -> None:
        """
        Every message of the catalogue is used.
        """
        used = {each for path in users() for _, text in strings(parsed(path)) for each in IDENTIFIER.findall(text)}
        self.assertEqual(sorted(set(CATALOGUE) - used), [])

    def test_events(self) -> None:
        """
        Every event of the log is a message of the catalogue: nobody logs but by the functions that announce one.
        """
        direct = {"debug", "info", "warn", "error", "critical", "failure", "emit"}
        wrong = [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for path in users()
            for node in ast.walk(parsed(path))
            if path.name != "announce.py"
            and isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in direct
            and ast.unparse(node.func.value).split(".")[-1] in ("log", "_log")
        ]
        self.assertEqual(wrong, [])

    def test_fields(self) -> None:
        """
        Whoever uses a message gives all of its fields.
        """
        wrong = []
        checked = 0
        for path in users():
            for node in ast.walk(parsed(path)):
                if not isinstance(node, ast.Call) or ast.unparse(node.func).split(".")[-1] not in STRICT:
                    continue
                ids = [each.value for each in node.args if isinstance(each, ast.Constant) and each.value in CATALOGUE]
                if len(ids) != 1 or any(keyword.arg is None for keyword in node.keywords):
                    continue
                checked += 1
                given = {str(keyword.arg) for keyword in node.keywords}
                if not given >= fieldsOf(ids[0]):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {ids[0]} {sorted(given)}")
        self.assertEqual(wrong, [])
        self.assertGreater(checked, 50)


class WordTests(SynchronousTestCase):
    """
    The words of all messages.
    """

    def test_plurals(self) -> None:
        """
        No number stands before a plural: it may be 1.  Those that are never 1 are exempt.
        """
        counted = re.compile(rf"{{\w+(?:[:!][^}}]*)?}} (?:more |listening |private )?({NOUNS})\b")
        wrong = {each.id for each in CATALOGUE.values() if counted.search(each.text)}
        self.assertEqual(wrong - MANY, set())

    def test_userId(self) -> None:
        """
        It is a user ID, as in the books of z/VM; C{userid} stands in syntax only.
        """
        texts = [(each.id, f"{template(each)} {each.explanation} {each.action}") for each in CATALOGUE.values()]
        texts += [(path.name, _prose(path.read_text("utf-8"))) for path in (ROOT / "docs").glob("*.md")]
        wrong = [(name, found) for name, text in texts for found in re.findall(r".*(?<!{)\b[Uu]serids?\b.*", text)]
        self.assertEqual([each for each in wrong if not SYNTAX.search(each[1])], [])


def _prose(text: str) -> str:
    """
    Return a page without what stands as code.
    """
    return re.sub(r"`[^`]*`", "", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL))


class TextTests(SynchronousTestCase):
    """
    Messages are filled in.
    """

    def test_said(self) -> None:
        """
        A line is the id, a blank and the text.
        """
        message = said("SSLP002I", stack="TCPIP")
        self.assertEqual((str(message), message.text), ("SSLP002I Stack TCPIP has ended", "Stack TCPIP has ended"))
        self.assertIs(message.severity, Severity.INFORMATION)
        self.assertEqual(message, said("SSLP002I", stack="TCPIP"))
        self.assertNotEqual(message, said("SSLP002I", stack="TCPIP2"))

    def test_mistakes(self) -> None:
        """
        An unknown id and a missing field are mistakes of ours.
        """
        self.assertRaises(KeyError, said, "SSLP000X")
        self.assertRaises(KeyError, said, "SSLP002I")

    def test_braces(self) -> None:
        """
        What is filled in is not looked at for fields.
        """
        self.assertEqual(str(said("SSLP002I", stack="{0}{x}")), "SSLP002I Stack {0}{x} has ended")

    def test_finding(self) -> None:
        """
        A finding says where it was found, as compilers do; line 0 is the file.
        """
        found = finding("SSLP002I", "PROFILE.TCPIP", 7, stack="TCPIP")
        self.assertEqual(str(found), "PROFILE.TCPIP:7: SSLP002I Stack TCPIP has ended")
        self.assertIs(found.severity, Severity.INFORMATION)
        whole = Finding(found.said, "PROFILE.TCPIP", 0)
        self.assertEqual(str(whole), "PROFILE.TCPIP: SSLP002I Stack TCPIP has ended")

    def test_operatorError(self) -> None:
        """
        An error is its message.
        """
        error = operatorError("SSLP112E", server="SSL00001")
        self.assertIsInstance(error, OperatorError)
        self.assertEqual((str(error), error.said.id), ("SSLP112E SSL00001 is already Stopped", "SSLP112E"))

    def test_within(self) -> None:
        """
        A message may be filled in with another.
        """
        message = said("SSLP176W", reason=said("SSLP002I", stack="TCPIP"))
        self.assertEqual(str(message), str(said("SSLP176W", reason="SSLP002I Stack TCPIP has ended")))

    def test_foreign(self) -> None:
        """
        A message that another release has filled in keeps its words; one that the catalogue does not have
        is explained as such.
        """
        message = Said("SSLP999E", {}, "The moon is in the wrong phase")
        self.assertEqual(str(message), "SSLP999E The moon is in the wrong phase")
        self.assertIs(message.severity, Severity.ERROR)
        self.assertIs(message.message, CATALOGUE[FOREIGN])


class AnnounceTests(SynchronousTestCase):
    """
    Messages as log events.
    """

    log = Logger()

    def test_announce(self) -> None:
        """
        The event has the text for people, id and fields for programs, and the level of the severity.
        """
        with capturedLogs() as events:
            announce(self.log, "SSLP112E", server="SSL00001")
            announce(self.log, "SSLP030W", seconds=30)
            announce(self.log, "SSLP002I", stack="TCPIP")
        self.assertEqual([event["log_level"] for event in events], [LogLevel.error, LogLevel.warn, LogLevel.info])
        self.assertEqual(formatEvent(events[0]), "SSLP112E SSL00001 is already Stopped")
        self.assertEqual((events[0]["messageId"], events[0]["fields"]), ("SSLP112E", {"server": "SSL00001"}))

    def test_said(self) -> None:
        """
        A message that was made elsewhere is logged as it is, also that of an error and of a finding.
        """
        fields = {"server": "SSL00001"}
        with capturedLogs() as events:
            announceSaid(self.log, said("SSLP112E", **fields))
            announceSaid(self.log, operatorError("SSLP112E", **fields).said)
            announceSaid(self.log, finding("SSLP112E", "PROFILE.TCPIP", 1, **fields).said)
        self.assertEqual([event["fields"] for event in events], [fields] * 3)

    def test_otherRelease(self) -> None:
        """
        What another release has worded is logged in its words, whether the id is known here or not.
        """
        for messageId in ("SSLP998E", "SSLP402E"):
            with capturedLogs() as events:
                announceSaid(self.log, Said(messageId, {"moon": "{5}"}, "The {moon} is wrong"))
            self.assertEqual([formatEvent(each) for each in events], [f"{messageId} The {{moon}} is wrong"])
            self.assertEqual(events[0]["fields"], {"moon": "{5}"})

    def test_catalogue(self) -> None:
        """
        Observers of Twisted fill in each message of the catalogue as it is elsewhere, with whatever is in the fields.
        """
        for message in CATALOGUE.values():
            fields = {name: 2.5 if name == "seconds" else f"{{{name}}}" for name in fieldsOf(message.id)}
            with capturedLogs() as events:
                announce(self.log, message.id, **fields)
            self.assertEqual(formatEvent(events[0]), str(said(message.id, **fields)))

    def test_fault(self) -> None:
        """
        A mistake of ours is logged as a message with its traceback.
        """
        with capturedLogs() as events:
            announceFault(self.log, "a test was run", Failure(ZeroDivisionError("unforeseen")))
        self.assertEqual(events[0]["messageId"], "SSLP198E")
        self.assertEqual(formatEvent(events[0]), "SSLP198E Internal error while a test was run")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
