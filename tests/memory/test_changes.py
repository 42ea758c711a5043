"""
Every kind of change to a running stack, in every way in which it can be made: by OBEY, by OBEYFILE, and by
editing the files.  The answer, what is found and what QUERY shows afterwards agree.  The stack is the real
one, on a reactor in memory.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from typing import Any, cast

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from sslpool.composition.runmodes import RunMode
from sslpool.composition.stack import Stack, makeStack
from sslpool.config.changes import FIELDS
from sslpool.interfaces import IStackReactor
from sslpool.messages import OperatorError, Said
from sslpool.stack import descriptors
from sslpool.stack.configuration.changeoutcome import newFindings
from sslpool.stack.configuration.files import ConfigurationDirectory, loadConfiguration
from sslpool.stack.configuration.reconfiguration import Files
from sslpool.stack.front import portopening
from tests.config.support import unprivileged
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer
from tests.doubles.reactor import FakeReactor
from tests.stack.configuration.test_reconfiguration import FILES, refresh

PROFILE, SYSTEM, DATA, DIRECT = "PROFILE.TCPIP", "SYSTEM.DTCPARMS", "TCPIP.DATA", "USER.DIRECT"
TEXTS = {
    **FILES,
    PROFILE: FILES[PROFILE] + "AUTOLOG WEBSERV 0 ENDAUTOLOG\n",
    SYSTEM: FILES[SYSTEM].replace(":8080\n", ":8080 :command.web\n:nick.MAIL :type.server :command.mail\n"),
}
PORT = "9443 TCP WEBSERV SECURE WEBCERT"
_FOUND = re.compile(r"SSLP(?:016W|062I) .*?: ((?:SSLP|DTC)\w+)")


def limit(name: str) -> Callable[[Stack], object]:
    """
    Return what looks up a limit of the pool where it counts.
    """
    return lambda stack: getattr(stack.pool.pool.router.limits, name)


def status(*names: str) -> Callable[[Stack], object]:
    """
    Return what looks up what QUERY STATUS and NETSTAT CONFIG SSL show.
    """

    def shown(stack: Stack) -> object:
        value: Any = stack.control.administration.status()
        for name in names:
            value = value[name] if isinstance(value, dict) else getattr(value, name)
        return value

    return shown


def inEffect(name: str) -> Callable[[Stack], object]:
    """
    Return what looks up a field of the configuration in effect, which is asked for each time.
    """
    return lambda stack: getattr(stack.control.reconfiguration._current.configuration, name)


def authorized(stack: Stack) -> object:
    """
    Return who may use privileged commands.
    """
    return sorted(stack.control.reconfiguration._current.authorized)


def listeners(stack: Stack) -> object:
    """
    Return the ports that NETSTAT CONN shows.
    """
    return sorted({each.local.rpartition(":")[2] for each in stack.control.administration.listeners()})


def applications(stack: Stack) -> object:
    """
    Return what AUTOLOG starts.
    """
    return {userid: run.order.command for userid, run in stack.control.autolog._runs.items()}


@frozen
class Row:
    """
    A change.

    @ivar edit: the file, and what of it is replaced by what.
    @ivar answer: what the messages about it begin with, without ids.
    @ivar query: looks up what there is afterwards.
    @ivar after: that, where a running stack takes it; otherwise it is as before.
    @ivar obey: the statement that does the same, where it is one of the profile.
    @ivar found: the ids of what is found because of it.
    @ivar refused: the id of why it cannot be made.
    """

    edit: tuple[str, str, str]
    answer: tuple[str, ...] = ()
    query: Callable[[Stack], object] = inEffect("stack")
    after: object = None
    obey: str = ""
    found: tuple[str, ...] = field(default=())
    refused: str = ""


def limits(operand: str, name: str, before: int, after: int) -> Row:
    """
    Return the row of an operand of SSLLIMITS.
    """
    answer = f"SSLLIMITS {operand} changed from {before} to {after}"
    edit = (PROFILE, "SSLLIMITS", f"SSLLIMITS {operand} {after}")
    return Row(edit, (answer,), limit(name), after, f"SSLLIMITS {operand} {after}")


def admitted(statement: str, name: str) -> Row:
    """
    Return the row of a limit of clients.
    """
    query, edit = status("admission", "limits", name), (PROFILE, "SSLSERVERID", f"{statement} 7\nSSLSERVERID")
    return Row(edit, (f"{statement} changed from 0 to 7",), query, 7, f"{statement} 7")


def later(what: str, edit: tuple[str, str, str], name: str, *found: str, more: tuple[str, ...] = ()) -> Row:
    """
    Return the row of something that needs a new start.
    """
    answer = tuple(f"A change of {each} takes effect when the stack is restarted" for each in (what, *more))
    return Row(edit, answer, inEffect(name), found=found)


def tag(text: str) -> tuple[str, str, str]:
    """
    Return what gives the pool's entry a tag.
    """
    return SYSTEM, " :parms.", f" {text}\n :parms."


ROWS: dict[str, Row] = {
    "limits.maxSessions": Row(
        (PROFILE, "MAXSESSIONS 3000", "MAXSESSIONS 1000"),
        ("SSLLIMITS MAXSESSIONS changed from 3000 to 1000",),
        status("maximum"),
        1000,
        "SSLLIMITS MAXSESSIONS 1000",
        ("SSLP213W",),
    ),
    "limits.maxPerServer": Row(
        (PROFILE, "MAXPERSSLSERVER 600", "MAXPERSSLSERVER 500"),
        ("SSLLIMITS MAXPERSSLSERVER changed from 600 to 500",),
        status("maxPerServer"),
        500,
        "SSLLIMITS MAXPERSSLSERVER 500",
        ("SSLP219W",),
    ),
    "limits.routing": Row(
        (PROFILE, "SSLLIMITS", "SSLLIMITS ROUTING SPREAD"),
        ("SSLLIMITS ROUTING changed from FILL to SPREAD",),
        status("routing"),
        "SPREAD",
        "SSLLIMITS ROUTING SPREAD",
    ),
    "limits.quiesce": limits("QUIESCE", "quiesce", 30, 5),
    "limits.handshake": limits("HANDSHAKE", "handshake", 10, 5),
    "limits.connect": limits("CONNECT", "connect", 10, 5),
    "limits.idle": limits("IDLE", "idle", 43200, 5),
    "limits.wait": limits("WAIT", "wait", 30, 5),
    "limits.liveness": limits("LIVENESS", "liveness", 4, 5),
    "limits.foreign": admitted("FOREIGNIPCONLIMIT", "FOREIGNIPCONLIMIT"),
    "limits.pending": admitted("PENDINGCONNECTIONLIMIT", "PENDINGCONNECTIONLIMIT"),
    "limits.peerRate": admitted("SSLLIMITS PEERRATE", "PEERRATE"),
    "limits.handshakeRate": admitted("SSLLIMITS HANDSHAKERATE", "HANDSHAKERATE"),
    "exempt": Row(
        (PROFILE, "SSLSERVERID", "LIMITEXEMPT 10.0.0.0/8 10.0.0.0/8 ENDLIMITEXEMPT\nSSLSERVERID"),
        ("LIMITEXEMPT changed from none to 10.0.0.0/8",),
        status("admission", "exempt"),
        ("10.0.0.0/8",),
        "LIMITEXEMPT 10.0.0.0/8 10.0.0.0/8 ENDLIMITEXEMPT",
        ("SSLP288W",),
    ),
    "ports": Row(
        (PROFILE, "PORT\n", f"PORT\n {PORT} WEBCERT\n"),
        ("PORT 9443 changed from none to WEBSERV at 127.0.0.1:8080 SECURE WEBCERT",),
        listeners,
        ["8443", "9443"],
        f"PORT ADD {PORT} WEBCERT",
        ("SSLP601W",),
    ),
    "autolog": Row(
        (PROFILE, "WEBSERV 0", "WEBSERV 0 MAIL 0 SSL00001 0"),
        ("AUTOLOG changed from WEBSERV to WEBSERV MAIL", "The AUTOLOG list changed; added: SSL00001; removed: none"),
        applications,
        {"WEBSERV": "web", "MAIL": "mail"},
        "AUTOLOG ADD MAIL 0 SSL00001 0",
        ("SSLP215W",),
    ),
    "obey": Row(
        (PROFILE, "OBEY TCPMAINT", "OBEY TCPMAINT MAINT"),
        ("OBEY changed from TCPMAINT to MAINT TCPMAINT",),
        authorized,
        ["MAINT", "TCPMAINT"],
        "OBEY ADD MAINT",
    ),
    "administrators": Row(
        (SYSTEM, ":admin_id_list.TCPMAINT", ":admin_id_list."),
        (":Admin_ID_list. changed from TCPMAINT to none",),
        inEffect("administrators"),
        frozenset(),
        found=("SSLP248I",),
    ),
    "poolHigh": Row(
        (DIRECT, "HIGH 5", "HIGH 3"),
        ("POOL HIGH changed from 5 to 3",),
        lambda stack: len(stack.control.administration.status().servers),
        3,
        found=("SSLP219W",),
    ),
    "checks": Row(
        tag(":clientcertcheck.OTHER REQUIRED"),
        (":clientcertcheck. changed from none to OTHER REQUIRED",),
        lambda stack: stack.control.reconfiguration._current.check("OTHER"),
        "REQUIRED",
        found=("SSLP608W",),
    ),
    "applications": Row(
        (SYSTEM, ":command.web", ":command.other"),
        (":command. of WEBSERV changed from the former one to another",),
        applications,
        {"WEBSERV": "other"},
    ),
    "workSpaces": Row(
        tag(":vmlink. .DIR VMSYS:TCPMAINT.SSLPOOL_SSL"),
        ("Nothing changes",),
        lambda stack: getattr(inEffect("workSpaces")(stack), "filePool", ""),
        "VMSYS",
        found=("SSLP540W",),
    ),
    "mounts": Row(
        tag(":mount.elsewhere /elsewhere"),
        ("Nothing changes",),
        lambda stack: [each.target for each in cast(Any, inEffect("mounts")(stack))],
        ["/elsewhere"],
        found=("SSLP291W",),
    ),
    "stack": Row((DATA, "TCPIPUSERID TCPIP", "TCPIPUSERID OTHER"), refused="SSLP040E"),
    "serverId": Row(
        (PROFILE, "SSLSERVERID *", "SSLSERVERID SSL00001"), obey="SSLSERVERID SSL00001", refused="SSLP040E"
    ),
    "poolPrefix": Row((SYSTEM, "SSL*", "TLS*"), refused="SSLP042E"),
    "timeout": Row(
        (PROFILE, "SSLSERVERID *", "SSLSERVERID * TIMEOUT 90"),
        ("A change of SSLSERVERID TIMEOUT takes effect when the stack is restarted",),
        status("timeout"),
        obey="SSLSERVERID * TIMEOUT 90",
    ),
    "agent": later("the agent", (SYSTEM, ":nick.SSLDCSSM", ":nick.OTHERAGT"), "agent", "SSLP267W"),
    "keyFile": later("KEYFILE", (SYSTEM, "KEYFILE ", "KEYFILE /other"), "keyFile", more=("the VMSSL operands",)),
    "watchKeys": later("WATCH in :mount.", tag(":mount.{directory} {directory} WATCH"), "watchKeys"),
    "parameters": later("the VMSSL operands", (SYSTEM, "24 H", "12 H CACHESIZE 5"), "parameters", "SSLP250W"),
    "machine": later("the servers' directory entry", (DIRECT, "160M 256M", "64M 64M"), "machine", "SSLP271W"),
    "segment": later(":dcss_parms.", (SYSTEM, "<DEFAULT>", "OTHER 20000-200FF"), "segment", "SSLP203I"),
    "segmentPages": later(":dcss_parms.", (SYSTEM, "<DEFAULT>", "TCPIP 20000-200FF"), "segmentPages", "SSLP203I"),
    "adminPort": later(":admin_port.", tag(":admin_port.8443 WEBCERT"), "adminPort", "SSLP225W"),
    "timeZone": later(":timezone.", tag(":timezone.EST5EDT"), "timeZone"),
    "timeStamp": later(":timestamp.", tag(":timestamp.OFF"), "timeStamp"),
    "owner": later(":owner.", tag(":owner.SOMEBODY"), "owner"),
    "sandbox": later(":sandbox.", tag(":sandbox.NO"), "sandbox"),
}
"""
A row for each field of the configuration, by the names of L{FIELDS}.
"""


class ChangeTests(SynchronousTestCase):
    """
    A change of each kind.
    """

    def setUp(self) -> None:
        """
        Make a key database, and have no socket and no limit of this process touched.
        """
        unprivileged(self)
        self.keyFile = os.path.abspath(self.mktemp()) + ".kdb"
        makeDatabase(self.keyFile, [makeServer(makeAuthority(), label="WEBCERT", days=365)])
        self.patch(descriptors, "raiseDescriptorLimit", lambda configuration, pids=(): None)
        self.patch(portopening, "_open", lambda entry, neighbours: self.opened())

    def opened(self) -> socket.socket:
        """
        Return a socket that takes no port.
        """
        made = socket.socket()
        self.addCleanup(made.close)
        return made

    def start(self) -> Stack:
        """
        Make a stack from files of its own.
        """
        self.directory = os.path.abspath(self.mktemp())
        os.mkdir(self.directory)
        for name in TEXTS:
            self.edit((name, "", ""))
        directory = ConfigurationDirectory(self.directory, None, "NODE")
        files = Files(directory.read, directory.load, directory.read())
        configuration = directory.load(files.inEffect).configuration
        assert configuration is not None
        stack = makeStack(cast(IStackReactor, FakeReactor()), RunMode(configuration, self.directory, files))
        self.assertEqual([each for each in stack.front.listening.open() if each.id != "SSLP845W"], [])
        return stack

    def edit(self, edit: tuple[str, str, str]) -> None:
        """
        Write one of the files, with something in it replaced.
        """
        name, old, new = edit
        text = TEXTS[name].replace(old, new.replace("{directory}", os.path.dirname(self.keyFile)))
        text = text.replace("CACHELIFE", f"KEYFILE {self.keyFile} CACHELIFE")
        text = text.replace("KEYFILE ", new) if old == "KEYFILE " else text
        self.assertTrue(not old or text != TEXTS[name], edit)
        with open(os.path.join(self.directory, name), "w", encoding="ascii") as file:
            file.write(text)

    def checked(self, row: Row) -> list[str]:
        """
        Return the ids of what C{sslpool check} finds with the change and not without it.
        """
        before = loadConfiguration(self.directory, None, "NODE").findings
        self.edit(row.edit)
        found = newFindings(before, loadConfiguration(self.directory, None, "NODE").findings)
        self.edit((row.edit[0], "", ""))
        return [each.said.id for each in found]

    def agree(self, name: str, change: Callable[[Stack, Row], Deferred[list[Said]]]) -> None:
        """
        Make a change, and compare everything that is said of it.
        """
        row, stack = ROWS[name], self.start()
        before = row.query(stack)
        if row.refused:
            error = self.failureResultOf(change(stack, row), OperatorError).value
            self.assertEqual((error.said.id, row.query(stack)), (row.refused, before), name)
            return
        self.assertEqual(sorted(self.checked(row)), sorted(row.found), name)
        answer = [str(each) for each in self.successResultOf(change(stack, row))]
        found = [match[1] for match in map(_FOUND.match, answer) if match]
        rest = [text for text in answer if not _FOUND.match(text) and text[:8] not in row.found]
        found += [text[:8] for text in answer if text[:8] in row.found]
        self.assertEqual(sorted(found), sorted(row.found), (name, answer))
        self.assertEqual([text[9:] for text in rest], list(row.answer), name)
        running = FIELDS[name].running
        self.assertEqual(row.query(stack), row.after if running else before, name)
        self.assertNotEqual(row.query(stack) == before, running, name)
        pending = [each.text for each in stack.control.administration.status().pending]
        self.assertEqual(pending, [] if running else list(row.answer), name)

    def test_rows(self) -> None:
        """
        No field is without a row, and one that is new is missed.
        """
        self.assertEqual(set(ROWS), set(FIELDS))
        self.assertEqual({**FIELDS, "more": FIELDS["obey"]}.keys() - ROWS.keys(), {"more"})

    def test_obey(self) -> None:
        """
        By OBEY, what is a statement of the profile.
        """
        for name, row in ROWS.items():
            if row.obey:
                self.agree(name, lambda stack, row: self.obeyed(stack, "NETSTAT", row.obey))

    def test_obeyfile(self) -> None:
        """
        By OBEYFILE.
        """
        for name, row in ROWS.items():
            if row.obey:
                self.agree(name, lambda stack, row: self.obeyed(stack, "EXTRA.TCPIP", f"; a change\n{row.obey}\n"))

    def obeyed(self, stack: Stack, file: str, text: str) -> Deferred[list[Said]]:
        """
        Have statements obeyed.
        """
        return Deferred.fromCoroutine(stack.control.administration.obey(file, text, False))

    def test_files(self) -> None:
        """
        By editing the files, and a reload.
        """

        def reloaded(stack: Stack, row: Row) -> Deferred[list[Said]]:
            self.edit(row.edit)
            return Deferred.fromCoroutine(stack.control.reconfiguration.reload(refresh))

        for name in ROWS:
            self.agree(name, reloaded)

    def test_picked(self) -> None:
        """
        By editing the files other than the profile, which the next OBEY picks up, whatever it is about.
        """

        def picked(stack: Stack, row: Row) -> Deferred[list[Said]]:
            self.edit(row.edit)
            return self.obeyed(stack, "NETSTAT", "SSLLIMITS WAIT 30")

        for name, row in ROWS.items():
            if row.edit[0] != PROFILE and not row.refused:
                self.agree(name, picked)
