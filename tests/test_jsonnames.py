# -*- test-case-name: tests.test_jsonnames -*-
"""
What C{--json} prints and what the log for programs has is what L{tests.jsonnames} says.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import evolve, fields, has
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.pool.check import Sizing
from sslpool.commands.pool.report import verdictJson
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.ssladmin.settings import Settings
from sslpool.keydb.records import CertificateRecord, RequestRecord, RevocationRecord
from sslpool.messages import Said, said
from sslpool.observe.bounded import Bounds
from sslpool.observe.jsonlines import JsonLog
from sslpool.observe.logs import Entry
from sslpool.planning.sizing import PoolSize
from sslpool.reports.admission import StackDetails
from sslpool.reports.netstat import ServedClient
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.cachestatus import CacheStatus
from sslpool.wire.history import AcceptedRecord
from sslpool.wire.records import (
    ConnectionRecord,
    FormerProcess,
    ListenerRecord,
    PoolStatus,
    ServerDetails,
    SessionRecord,
    TraceStatus,
)
from tests.commands.gskkyman.test_main import GskkymanTestCase, operations
from tests.commands.pool.test_report import FOUND, verdict
from tests.commands.programs import ProgramCase
from tests.doubles.certificates import makeRevocations, writeCertificates
from tests.jsonnames import COMMANDS, ENTRY, RECORDS, entryFaults, faults, lines, printed

PRINTED = (
    PoolStatus,
    ServerDetails,
    StackDetails,
    SessionRecord,
    TraceStatus,
    CacheStatus,
    Settings,
    ListenerRecord,
    ConnectionRecord,
    AcceptedRecord,
    ServedClient,
    Sizing,
    CertificateRecord,
    RequestRecord,
    RevocationRecord,
)
"""
The records that are printed; others are within them.
"""

WRITTEN = {
    "Check", "Connections", "Done", "Error", "Exported", "Failure", "FileCertificate", "FileContents",
    "FileRevocations", "Finding", "KeyDatabase", "Message",
}  # fmt: skip
"""
What has no class, but is put together where it is printed.
"""

_NAMES = {str: "text", Said: "text", int: "integer", float: "number", bool: "truth", NoneType: "null"}


def kindOf(hint: Any) -> str:
    """
    Return an annotation as L{tests.jsonnames} has it.
    """
    arguments = get_args(hint)
    if get_origin(hint) in (list, tuple):
        return f"[{kindOf(arguments[0])}]"
    if get_origin(hint) is dict:
        return f"{{{kindOf(arguments[1])}}}"
    if arguments:
        return " | ".join(dict.fromkeys(map(kindOf, arguments)))
    return _NAMES[hint] if hint in _NAMES else str(hint.__name__)


def recordsIn(hints: list[Any]) -> dict[str, Any]:
    """
    Return record classes, with those that are within them, by name.
    """
    found: dict[str, Any] = {}
    while hints:
        hint = hints.pop()
        hints += get_args(hint)
        if has(hint) and hint not in _NAMES and hint.__name__ not in found:
            found[hint.__name__] = hint
            hints += get_type_hints(hint).values()
    return found


class TableTests(SynchronousTestCase):
    """
    The tables, beside the source.
    """

    def test_records(self) -> None:
        """
        Each record has the names and types that are written down, and each that is printed is written down.
        """
        found = recordsIn(list(PRINTED))
        self.assertEqual(set(RECORDS), set(found) | WRITTEN)
        for name, kind in found.items():
            hints = get_type_hints(kind)
            self.assertEqual({each.name: kindOf(hints[each.name]) for each in fields(kind)}, RECORDS[name], name)

    def test_commands(self) -> None:
        """
        What each command prints is written down, and each operation of gskkyman.
        """
        for program, grammar in (("ssladmin", ssladmin.PROGRAM.grammar), ("sslnetstat", sslnetstat.PROGRAM.grammar)):
            provided = {form.title for form in grammar.forms if not form.instead}
            self.assertEqual(provided, set(COMMANDS[program]), program)
        self.assertEqual({title.split()[0] for title in COMMANDS["gskkyman"]}, set(operations()) - {"open"})

    def test_kinds(self) -> None:
        """
        No kind is anything that is not written down.
        """
        for kinds in (*RECORDS.values(), *COMMANDS.values(), ENTRY):
            for kind in kinds.values():
                for word in kind.translate(dict.fromkeys(map(ord, "[]{}|"), " ")).split():
                    self.assertIn(word, {*RECORDS, *_NAMES.values()})

    def test_faults(self) -> None:
        """
        What is not of a kind is found: a name too many or too few, and a value of another type, at any depth.
        """
        size = {"servers": 5, "maxSessions": 600, "maxPerServer": 120}
        good = {"sessions": 400, "recommended": size, "configured": None, "messages": ["SSLP550I x"]}
        self.assertEqual(faults(good, "Sizing"), [])
        self.assertEqual(faults({**good, "configured": size}, "Sizing"), [])
        for other, fault in (
            ({"sessions": True}, "value.sessions is no integer"),
            ({"messages": ["x", 1]}, "value.messages[1] is no text"),
            ({"messages": "x"}, "value.messages is no list"),
            ({"recommended": {**size, "servers": "5"}}, "value.recommended.servers is no integer"),
            ({"recommended": {**size, "more": 5}}, "value.recommended.more should not be there"),
            ({"configured": 5}, "value.configured is no object"),
        ):
            self.assertEqual(faults({**good, **other}, "Sizing"), [fault])
        self.assertEqual(faults({"server": None}, "Settings"), ["value.stack is missing"])
        self.assertEqual(faults({"a": 1, "b": None}, "{integer}"), ["value[b] is no integer"])
        self.assertEqual(faults([], "{integer}"), ["value is no object"])


class PoolCase(ProgramCase):
    """
    A stack in memory, of which all is known that can be.
    """

    def setUp(self) -> None:
        """
        Have every record within the pool's status.
        """
        super().setUp()
        admission = AdmissionStatus({"FOREIGNIPCONLIMIT": 9}, ("10.0.0.0/8",), {"DENY of [::]:443": ("192.0.2.0/24",)})
        closed = ListenerRecord("HTTPD", "0.0.0.0:8444", "NONE", "127.0.0.1:8080", "Closed", "SSLP020E x")
        first, *others = self.pool.pool.servers
        self.pool.pool = evolve(
            self.pool.pool,
            servers=(evolve(first, former=(FormerProcess(99, 1),)), *others),
            control={"SSLP413W": 1},
            programs={"requests refused": 1},
            closed=(closed,),
            admission=admission,
            pending=(said("SSLP046W", what="x"),),
            trust=("SSLP226W x",),
        )
        self.pool.secured.append(closed)

    async def prints(self, program: str, operands: dict[str, str]) -> None:
        """
        Assert that every command of a program prints what is written down.
        """
        outcome = await self.script(*lines(program, operands), options=("--json",))
        found = printed(program, outcome.output)
        self.assertEqual([title for title, (value, wrong) in found.items() if wrong or not value], [], found)


class SsladminTests(PoolCase):
    """
    SSLADMIN.
    """

    program = "ssladmin"

    async def test_all(self) -> None:
        """
        Each command prints what is written down.
        """
        await self.prints("ssladmin", {"SET": "(SSLSERVER SSL00001", "TRACE": "NORMAL ALL", "SYSTEM": "QUERY TIME"})


class SslnetstatTests(PoolCase):
    """
    NETSTAT.
    """

    program = "sslnetstat"

    async def test_all(self) -> None:
        """
        Each command prints what is written down.
        """
        statements = Path(self.directory, "statements")
        statements.write_text("SSLLIMITS MAXSESSIONS 10 MAXPERSSLSERVER 2\n", "ascii")
        await self.prints(
            "sslnetstat",
            {
                "SSL START": "SSL00002",
                "SSL STOP": "SSL00002",
                "OBEY": "SSLLIMITS MAXSESSIONS 10 MAXPERSSLSERVER 2",
                "OBEYFILE": str(statements),
            },
        )

    async def test_history(self) -> None:
        """
        The texts of a configuration are printed as well.
        """
        outcome = await self.run_("obeyfile", "2", "--history", "--json")
        found = json.loads(outcome.output)
        self.assertEqual(faults(found, COMMANDS["sslnetstat"]["OBEYFILE (HISTORY"]), [])
        self.assertTrue(found[0]["files"] and found[0]["obeyed"])


class GskkymanTests(GskkymanTestCase):
    """
    GSKKYMAN.
    """

    def test_all(self) -> None:
        """
        Each operation prints what is written down, and a failure where it did nothing.
        """
        request, answer, authority, revocations = (self.mktemp() for _ in range(4))
        writeCertificates(authority, self.authority.certificate)
        Path(revocations).write_bytes(makeRevocations(self.authority).der)
        password = ("-p", self.passwordFile)
        calls = (
            ("stash", *password),
            ("password", *password, "-n", self.passwordFile, "--expires", "10", "--stash"),
            ("info",),
            ("record-length", "3000"),
            ("self-signed", "--label", "My CA", "--authority"),
            ("request", "--label", "NEW", "--name", "www.example.com", request),
            ("list --requests",),
            ("sign", "--label", "My CA", request, answer),
            ("receive", answer),
            ("renew", "--label", "NEW", "--days", "100"),
            ("import", "--label", "Lower", "--certificate-only", authority),
            ("import", revocations),
            ("display", authority),
            ("list",),
            ("list --revocations",),
            ("expiring", "--days", "200"),
            ("show", "--default"),
            ("default", "--label", "WEB"),
            ("show", "--label", "WEB"),
            ("trust", "--label", "WEB", "--off"),
            ("label", "--label", "WEB", "SITE"),
            ("export", "--label", "SITE"),
            ("export FILE", "--label", "SITE", self.mktemp()),
            ("delete", "--label", "SITE"),
            ("delete-database", *password),
            ("create", *password),
        )
        self.assertEqual({title for title, *_ in calls}, set(COMMANDS["gskkyman"]))
        for title, *operands in calls:
            operation = title.removesuffix(" FILE").split()
            text = self.run_(*operation, *operands, "--json")
            self.assertEqual(faults(json.loads(text), COMMANDS["gskkyman"][title]), [], title)
        outcome = self.call("show", "--database", self.database, "--label", "NONE", "--json", *password)
        self.assertEqual(faults(json.loads(outcome.output), "Failure"), [])


class CheckTests(SynchronousTestCase):
    """
    C{sslpool check}.
    """

    def test_verdict(self) -> None:
        """
        Findings, steps and size are what is written down, and so is a check without any.
        """
        size = PoolSize(5, 600, 120)
        sizing = Sizing(400, size, size, (Said("SSLP550I", wording="x"),))
        full = verdict(FOUND, FOUND[2:], sizing=sizing, without=("port 443",))
        for each in (full, verdict(sizing=Sizing(400, size, None, ())), verdict()):
            self.assertEqual(faults(json.loads(verdictJson(each)), COMMANDS["sslpool"]["CHECK"]), [])


class LogTests(SynchronousTestCase):
    """
    The log for programs.
    """

    def test_entries(self) -> None:
        """
        A line has the names that are written down, all of them where there is something to be said.
        """
        path = self.mktemp()
        log = JsonLog(path, "TCPIP", Bounds())
        log.write([
            Entry(1.5, "warn", "SSLP120W x", "SSLP120W", "SSL00001", {"number": "7"}),
            Entry(2, "info", "x"),
        ])  # fmt: skip
        log.close()
        full, bare = (json.loads(line) for line in Path(path).read_text("utf-8").splitlines())
        self.assertEqual((entryFaults(full), entryFaults(bare)), ([], []))
        self.assertEqual(set(ENTRY) - set(full), set())
        self.assertEqual(entryFaults({**full, "more": 1}), [])
        self.assertEqual(entryFaults({**full, "fields": {"number": 7}}), ["fields[number] is no text"])
        self.assertEqual(entryFaults({"level": "info", "stack": "TCPIP", "text": "x"}), ["time is missing"])
