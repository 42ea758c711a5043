"""
Tests for L{sslpool.config.changes}.  leads to them.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, fields, frozen
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import FIELDS, Change, changes, inEffect, otherIdentity
from sslpool.config.configuration import (
    AdminPort,
    Application,
    Configuration,
    Machine,
    Position,
    SecurePort,
    ServerParameters,
)
from sslpool.config.limits import Limits, Routing
from sslpool.config.portpolicy import PortLabel, PortPolicy, SessionTerms
from sslpool.config.securing import DataConnections, Dynamic, Implicit, Outbound, Plain, Remote
from tests.config.support import assembled


def port(number: int, label: str = "WEBCERT", bind: str | None = None) -> SecurePort:
    """
    Return a secure port.
    """
    return SecurePort(number, "WEBSERV", label, bind, "127.0.0.1:8080", Position("PROFILE.TCPIP", 7))


BEFORE = Configuration(
    stack="TCPIP",
    serverId="*",
    timeout=30,
    limits=Limits(),
    poolPrefix="SSL",
    poolHigh=5,
    agent="SSLDCSSM",
    administrators=frozenset({"TCPMAINT"}),
    obey=frozenset({"TCPMAINT"}),
    ports=(port(8443),),
    applications=(),
    autolog=("WEBSERV",),
    parameters=ServerParameters(),
    keyFile="/etc/gskadm/Database.kdb",
)


LIMITS = (
    "SSLLIMITS MAXSESSIONS",
    "SSLLIMITS MAXPERSSLSERVER",
    "SSLLIMITS ROUTING",
    "SSLLIMITS QUIESCE",
    "SSLLIMITS HANDSHAKE",
    "SSLLIMITS CONNECT",
    "SSLLIMITS IDLE",
    "SSLLIMITS WAIT",
    "SSLLIMITS LIVENESS",
    "FOREIGNIPCONLIMIT",
    "PENDINGCONNECTIONLIMIT",
    "SSLLIMITS PEERRATE",
    "SSLLIMITS HANDSHAKERATE",
)


def namesOf(configuration: type[Configuration], limits: type[Limits]) -> set[str]:
    """
    Return the fields of a configuration with such limits, as the table has them.
    """
    names = {each.name for each in fields(configuration)} - {"limits"}
    return names | {f"limits.{each.name}" for each in fields(limits)}


class ChangesTests(SynchronousTestCase):
    """
    What is said about two configurations.
    """

    def test_nothing(self) -> None:
        """
        Two equal configurations do not differ, nor do two whose statements only stand elsewhere.
        """
        moved = evolve(BEFORE.ports[0], position=Position("OTHER.TCPIP", 99))
        self.assertEqual(changes(BEFORE, evolve(BEFORE, ports=(moved,))), [])

    def test_limits(self) -> None:
        """
        Each changed operand of SSLLIMITS is a change of its own.
        """
        after = evolve(BEFORE, limits=Limits(maxSessions=6000, routing=Routing.SPREAD))
        self.assertEqual(
            changes(BEFORE, after),
            [Change("SSLLIMITS MAXSESSIONS", "3000", "6000"), Change("SSLLIMITS ROUTING", "FILL", "SPREAD")],
        )

    def test_clientLimits(self) -> None:
        """
        Limits of clients are named as in the profile, and a running stack takes them and its lists.
        """
        port = evolve(BEFORE.ports[0], allow=("10.0.0.0/8",), deny=("10.1.0.0/16", "::/0"))
        limits = Limits(foreign=9, peerRate=3)
        found = changes(BEFORE, evolve(BEFORE, limits=limits, exempt=("10.0.0.0/8", "192.0.2.1/32"), ports=(port,)))
        expected = [
            Change("FOREIGNIPCONLIMIT", "0", "9"),
            Change("SSLLIMITS PEERRATE", "0", "3"),
            Change("LIMITEXEMPT", "", "10.0.0.0/8 192.0.2.1/32"),
        ]
        self.assertEqual(found[:3], expected)
        [change] = found[3:]
        self.assertTrue(change.after.endswith(" ALLOW 10.0.0.0/8 DENY 10.1.0.0/16,::/0"), change.after)
        self.assertTrue(change.running)

    def test_ports(self) -> None:
        """
        A port that is new, one that goes and one whose label changes are told apart by what was
        there before and what will be.
        """
        before = evolve(BEFORE, ports=(port(8443), port(993)))
        after = evolve(BEFORE, ports=(port(8443, "NEWCERT"), port(8443, bind="::1")))
        text = "WEBSERV at 127.0.0.1:8080 SECURE"
        self.assertEqual(
            changes(before, after),
            [
                Change("PORT 8443", f"{text} WEBCERT", f"{text} NEWCERT"),
                Change("PORT 993", f"{text} WEBCERT", ""),
                Change("PORT 8443 BIND ::1", "", f"{text} WEBCERT"),
            ],
        )

    def test_lists(self) -> None:
        """
        Lists are shown as a whole, in an order that does not depend on chance.
        """
        after = evolve(BEFORE, autolog=(), obey=frozenset({"B", "A"}), poolHigh=8)
        self.assertEqual(
            changes(BEFORE, after),
            [Change("AUTOLOG", "WEBSERV", ""), Change("OBEY", "TCPMAINT", "A B"), Change("POOL HIGH", "5", "8")],
        )

    def test_everyField(self) -> None:
        """
        Every field of the configuration and of its limits is in the table, and nothing else; a new field is missed.
        """

        @frozen
        class More(Configuration):
            more: int = 0

        @frozen
        class MoreLimits(Limits):
            more: int = 0

        self.assertEqual(namesOf(Configuration, Limits), set(FIELDS))
        self.assertEqual(namesOf(More, Limits) - set(FIELDS), {"more"})
        self.assertEqual(namesOf(Configuration, MoreLimits) - set(FIELDS), {"limits.more"})

    def test_everyLimitHasItsOperand(self) -> None:
        """
        Whatever is changed in the limits is named, and a running stack takes it.
        """
        after = evolve(BEFORE, limits=Limits(1, 2, Routing.SPREAD, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
        found = changes(BEFORE, after)
        self.assertEqual([(each.what, each.running) for each in found], [(each, True) for each in LIMITS])
        self.assertEqual(inEffect(BEFORE, after), after)

    def test_identity(self) -> None:
        """
        What makes the stack another one is known, and stays.
        """
        identity = {"stack": "the stack's user ID", "serverId": "SSLSERVERID", "poolPrefix": "the servers' user IDs"}
        for name, what in identity.items():
            other: dict[str, Any] = {name: "OTHER"}
            after = evolve(BEFORE, **other)
            self.assertEqual((otherIdentity(BEFORE, after), otherIdentity(after, after)), (what, ""))
            self.assertEqual(inEffect(BEFORE, after), BEFORE)
        self.assertEqual(otherIdentity(BEFORE, evolve(BEFORE, poolHigh=9, keyFile="/other")), "")

    def test_everyAttribute(self) -> None:
        """
        There is no attribute whose change is overlooked: each is named, or makes it another stack, or is
        looked at by commands alone; and what a running stack cannot take stays as it was.
        """
        before = evolve(BEFORE, applications=(Application("WEBSERV", None, "web", Position("S", 1)),))
        others: dict[str, Any] = {
            "limits": Limits(maxSessions=6000),
            "ports": (),
            "autolog": (),
            "obey": frozenset("X"),
            "administrators": frozenset("X"),
            "applications": (Application("WEBSERV", None, "other", Position("S", 1)),),
            "parameters": ServerParameters(cacheLife=1),
            "machine": Machine(share=3000),
            "adminPort": AdminPort("::", 1, "A"),
            "checks": (("WEBCERT", "REQUIRED"),),
        }
        unseen = {"stack", "poolPrefix", "workSpaces", "mounts"}
        self.assertEqual({name for name, each in FIELDS.items() if each.how is None}, unseen)
        for each in fields(Configuration):
            if each.name in unseen:
                continue
            running = each.name == "limits" or FIELDS[each.name].running
            value = getattr(before, each.name)
            if each.name not in others:
                others[each.name] = value + 1 if isinstance(value, int) else "OTHER"
            different: dict[str, Any] = {each.name: others[each.name]}
            after = evolve(before, **different)
            [change] = changes(before, after)
            self.assertEqual(change.running, running, each.name)
            kept = inEffect(before, after)
            self.assertEqual(getattr(kept, each.name) == value, not running, each.name)
            self.assertEqual(changes(kept, after), [] if change.running else [change])

    def test_everyPort(self) -> None:
        """
        Nothing of a port is overlooked but where it stands.
        """
        data = DataConnections()
        dynamic = Dynamic("FTP", "REQUIRED", data)
        before = evolve(BEFORE.ports[0], securing=dynamic)
        checked = PortPolicy((PortLabel("WEBCERT", "REQUIRED"),))
        for other in (
            evolve(before, userid="OTHER"),
            evolve(before, address="127.0.0.1:9"),
            evolve(before, securing=Plain()),
            evolve(before, securing=evolve(dynamic, protocol="SMTP")),
            evolve(before, securing=evolve(dynamic, security="ALLOWED")),
            evolve(before, securing=Implicit("FTP", data)),
            evolve(before, securing=evolve(dynamic, data=evolve(data, security="REQUIRED"))),
            evolve(before, securing=evolve(dynamic, data=evolve(data, reuse=True))),
            evolve(before, securing=evolve(dynamic, data=evolve(data, address="192.0.2.1"))),
            evolve(before, securing=evolve(dynamic, data=evolve(data, first=5000, last=5001))),
            evolve(before, policy=checked),
            evolve(before, policy=PortPolicy((PortLabel("WEBCERT"), PortLabel("SECOND")))),
            evolve(before, policy=PortPolicy(strict=True)),
            evolve(before, policy=PortPolicy(alpn=("h2",))),
            evolve(before, securing=Outbound(Remote("host"))),
            evolve(before, terms=SessionTerms("RESET")),
        ):
            found = changes(evolve(BEFORE, ports=(before,)), evolve(BEFORE, ports=(other,)))
            self.assertEqual([each.what for each in found], ["PORT 8443"], other)
        deeper = evolve(BEFORE, ports=(evolve(before, policy=evolve(checked, depth=3)),))
        self.assertEqual(len(changes(evolve(BEFORE, ports=(evolve(before, policy=checked),)), deeper)), 1)

    def test_command(self) -> None:
        """
        An application that AUTOLOG starts anew is named, and not with its command, which may have a password in it.
        """
        place = Position("S", 1)
        one, two, none = (
            evolve(BEFORE, applications=(Application("WEBSERV", None, command, place),))
            for command in ("web -p secret", "web -p hidden", None)
        )
        self.assertEqual(changes(one, two), [Change(":command. of WEBSERV", "the former one", "another")])
        self.assertEqual(changes(one, none), [Change(":command. of WEBSERV", "the former one", "")])
        self.assertEqual(changes(none, two), [Change(":command. of WEBSERV", "", "another")])
        self.assertEqual(changes(evolve(one, autolog=()), evolve(two, autolog=())), [])
        [application] = one.applications
        other = evolve(one, applications=(evolve(application, user="nobody"),))
        self.assertEqual(changes(one, other), [Change(":user. of WEBSERV", "", "nobody")])

    def test_keysAndSegment(self) -> None:
        """
        Whether the key database is watched, and the segment, are read when the stack starts.
        """
        before = assembled().configuration
        assert before is not None
        changed = (
            evolve(before, watchKeys=True),
            evolve(before, segmentPages="20000-200FF"),
            evolve(before, timeout=before.timeout + 1),
        )
        for after in changed:
            (change,) = changes(before, after)
            self.assertFalse(change.running)

    def test_checks(self) -> None:
        """
        What labels ask of clients is followed, also where only programs use the label.
        """
        after = evolve(BEFORE, checks=(("WEBCERT", "REQUIRED"),))
        self.assertEqual(changes(BEFORE, after), [Change(":clientcertcheck.", "", "WEBCERT REQUIRED")])

    def test_notWhileRunning(self) -> None:
        """
        What a running stack cannot take is marked.
        """
        after = evolve(
            BEFORE,
            serverId="SSLSERV",
            agent="OTHER",
            keyFile="/other",
            parameters=ServerParameters(cacheLife=1),
            machine=Machine(share=3000),
            segment="OTHER",
            timeZone="EST5EDT",
        )
        self.assertEqual([change.running for change in changes(BEFORE, after)], [False] * 7)
