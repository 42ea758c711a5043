"""
Tests for L{sslpool.config.portlist}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position
from sslpool.config.portlist import PortEntry, readPorts
from tests.config.support import idsAndLines, readerOf
from tests.growth import assertLinear


class PortTests(SynchronousTestCase):
    """
    The entries of PORT.
    """

    def test_entries(self) -> None:
        """
        Entries may share a line, options stand in any order, and ranges have two forms.
        """
        reader = readerOf(
            "21 TCP FTPSERVE 20 tcp ftpserve noautolog\n443 TCP W BIND ::1 SECURE A\n7-9 UDP *\n1 2 TCP INTCLIEN"
        )
        self.assertEqual(
            readPorts(reader, ()),
            [
                PortEntry(21, 21, "TCP", "FTPSERVE", Position("F", 1)),
                PortEntry(20, 20, "TCP", "FTPSERVE", Position("F", 1), autolog=False),
                PortEntry(443, 443, "TCP", "W", Position("F", 2), label="A", bind="::1"),
                PortEntry(7, 9, "UDP", "*", Position("F", 3)),
                PortEntry(1, 2, "TCP", "INTCLIEN", Position("F", 4)),
            ],
        )
        self.assertEqual(idsAndLines(reader.findings), [])

    def test_policy(self) -> None:
        """
        Further labels, and what is asked of clients.
        """
        reader = readerOf(
            "443 TCP W SECURE A B C STRICT ALPN h2,http/1.1 CLIENTCERTCHECK REQUIRED DEPTH 2\n"
            "444 TCP W SECURE A CLIENTCERTCHECK FULL B 445 TCP W SECURE A\nHOME"
        )
        entries = readPorts(reader, ("HOME",))
        self.assertEqual(idsAndLines(reader.findings), [])
        first = PortEntry(443, 443, "TCP", "W", Position("F", 1), label="A", others=("B", "C"))
        first = evolve(first, strict=True, alpn=("h2", "http/1.1"), check="REQUIRED", depth=2)
        second = PortEntry(444, 444, "TCP", "W", Position("F", 2), label="A", others=("B",), check="REQUIRED")
        self.assertEqual(entries, [first, second, PortEntry(445, 445, "TCP", "W", Position("F", 2), label="A")])
        self.assertEqual(reader.peekUpper(), "HOME")

    def test_access(self) -> None:
        """
        ALLOW and DENY take networks with commas between them, and may be given more than once.
        """
        reader = readerOf(
            "443 TCP W SECURE A ALLOW 10.0.0.0/8,2001:db8::/32 DENY 10.1.0.0/255.255.0.0 ALLOW 192.0.2.7,10.0.0.0/8\n"
            "23 TCP INTCLIEN DENY ::ffff:192.0.2.0/120 NOAUTOLOG"
        )
        first, second = readPorts(reader, ())
        self.assertEqual(first.allow, ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"))
        self.assertEqual((first.deny, first.label), (("10.1.0.0/16",), "A"))
        self.assertEqual((second.allow, second.deny, second.autolog), ((), ("192.0.2.0/24",), False))
        self.assertEqual(idsAndLines(reader.findings), [("SSLP288W", 1)])

    def test_truncation(self) -> None:
        """
        TRUNCATION is for every kind of port, and is none of the labels.
        """
        reader = readerOf(
            "443 TCP W SECURE A B TRUNCATION RESET 25 TCP W truncation lenient\n"
            "465 TCP W SECURECLIENT h:1 TRUNCATION RESET 80 TCP W"
        )
        entries = readPorts(reader, ())
        self.assertEqual([each.terms.truncation for each in entries], ["RESET", "LENIENT", "RESET", ""])
        self.assertEqual(entries[0].others, ("B",))
        self.assertEqual(idsAndLines(reader.findings), [])

    def test_manyLabels(self) -> None:
        """
        Thousands of labels take linear time, as do thousands that are given again; none is lost.
        """

        def read(size: int) -> list[PortEntry]:
            return readPorts(readerOf("443 TCP W SECURE " + " ".join(f"L{n} L{n // 2}" for n in range(size))), ())

        (entry,) = read(4_000)
        self.assertEqual((entry.label, *entry.others), tuple(f"L{n}" for n in range(4_000)))
        assertLinear(read, 8_000)

    def test_end(self) -> None:
        """
        The list ends at the next statement, even on the same line.
        """
        reader = readerOf("21 TCP FTPSERVE HOME")
        self.assertEqual(len(readPorts(reader, ("HOME",))), 1)
        self.assertEqual(reader.peekUpper(), "HOME")

    def test_wrong(self) -> None:
        """
        Each wrong entry is reported at its line, and the entries after it are read.
        """
        for text, messageId in [
            ("0 TCP A", "SSLP209E"),
            ("65536 TCP A", "SSLP209E"),
            ("9-7 TCP A", "SSLP209E"),
            ("7-x TCP A", "SSLP209E"),
            ("²", "SSLP209E"),
            ("21 SCTP A", "SSLP202E"),
            ("21 TCP", "SSLP202E"),
            ("21 TCP TOOLONGIDS", "SSLP202E"),
            ("21 TCP A SECURE lower", "SSLP202E"),
            ("21 TCP A SECURE", "SSLP202E"),
            ("21 TCP A BIND nowhere", "SSLP202E"),
            ("21 TCP A BIND fe80::1", "SSLP224E"),
            ("21 TCP A BIND ff02::1", "SSLP224E"),
            ("21 TCP A BIND 255.255.255.255", "SSLP224E"),
            ("21 TCP A SECUER B", "SSLP202E"),
            ("21 UDP A SECURE B", "SSLP210E"),
            ("21-22 TCP A SECURE B", "SSLP211E"),
            ("21 TCP A SECURE B ALPN", "SSLP202E"),
            ("21 TCP A SECURE B ALPN h2,", "SSLP202E"),
            ("21 TCP A SECURE B CLIENTCERTCHECK MAYBE", "SSLP202E"),
            ("21 TCP A SECURE B CLIENTCERTCHECK REQUIRED DEPTH 21", "SSLP202E"),
            ("21 TCP A SECURE B lower", "SSLP202E"),
            ("21 TCP A SECURE B ALLOW", "SSLP202E"),
            ("21 TCP A SECURE B DENY 10.0.0.1/8", "SSLP148E"),
            ("21 TCP A SECURE B DENY 10.0.0.0/8,", "SSLP148E"),
            ("21 TCP A SECURE B ALLOW example.org", "SSLP148E"),
            ("21 UDP A ALLOW 10.0.0.0/8", "SSLP149E"),
            ("21-22 TCP A DENY 10.0.0.0/8", "SSLP149E"),
            ("21 TCP A SECURE B TRUNCATION", "SSLP202E"),
            ("21 TCP A SECURE B TRUNCATION YES", "SSLP202E"),
            ("21 TCP A SECURE B TRUNCATION RESET TRUNCATION LENIENT", "SSLP287W"),
            ("21 TCP A STRICT", "SSLP602E"),
            ("21 TCP A ALPN h2", "SSLP602E"),
            ("21 TCP A CLIENTCERTCHECK NONE", "SSLP602E"),
            ("21 TCP A SECURE B C B", "SSLP601W"),
            ("21 TCP A SECURE B SECURE C", "SSLP287W"),
            *((f"21 TCP A SECURE B {word} {word}", "SSLP287W") for word in ("STRICT", "BIND ::1", "ALPN h2")),
            ("21 TCP A SECURECLIENT h:1 NAME a NAME b", "SSLP287W"),
            ("21 TCP A SECURE B ALLOW ::1 DENY ::1 ALLOW ::2,::1", "SSLP288W"),
            ("21 TCP A SECURE B ALLOW ::1,::1/128", "SSLP288W"),
        ]:
            reader = readerOf(f"PORT\n{text}\n80 TCP A")
            reader.take()
            entries = readPorts(reader, ())
            self.assertEqual(entries[-1].first, 80, text)
            self.assertEqual(idsAndLines(reader.findings), [(messageId, 2)], text)

    def test_networks(self) -> None:
        """
        A list that is given twice has all its networks; where a comma has nothing beside it, the list is shown.
        """
        reader = readerOf("21 TCP A SECURE B ALLOW ::1 ALLOW ::2,10.0.0.0/8")
        self.assertEqual(readPorts(reader, ())[0].allow, ("::1/128", "::2/128", "10.0.0.0/8"))
        self.assertEqual(reader.findings.all(), ())
        for words in ("10.0.0.0/8,", ",", "::1,,::2"):
            reader = readerOf(f"21 TCP A SECURE B ALLOW {words}")
            readPorts(reader, ())
            (found,) = reader.findings.all()
            expected = f"SSLP148E PORT ALLOW: {words} is not a network: a comma stands between two networks; expected "
            self.assertTrue(str(found.said).startswith(expected), found)

    def test_empty(self) -> None:
        """
        PORT without an entry is a finding.
        """
        reader = readerOf("PORT HOME")
        reader.take()
        self.assertEqual(readPorts(reader, ("HOME",)), [])
        self.assertEqual(idsAndLines(reader.findings), [("SSLP202E", 1)])
