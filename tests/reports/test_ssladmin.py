"""
Tests for L{sslpool.reports.ssladmin}.
"""

from __future__ import annotations

from datetime import UTC

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import said
from sslpool.reports.ssladmin import detailsLines, servingLines, sessionsLines, summaryLines
from sslpool.reports.units import Times
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.records import ListenerRecord, ServingStatus
from tests.doubles.administration import STARTED, poolStatus, serverDetails, serverStatus, sessionRecord

TIMES = Times(STARTED + 3_725, UTC)
POOL = poolStatus(
    [
        serverStatus(1, sessions=600),
        evolve(serverStatus(2, sessions=37), peak=210, total=12345, quiescing=True),
        evolve(serverStatus(3, "Stopped"), reason="stopped by ALICE"),
    ]
)


class SummaryTests(SynchronousTestCase):
    """
    QUERY STATUS SUMMARY.
    """

    def test_layout(self) -> None:
        """
        The pool, each member, the sums, and why members are in their states.
        """
        self.assertEqual(
            summaryLines(POOL, TIMES),
            [
                "Stack    TCPIP, up 01:02:05 since 2023-11-14 22:13:20",
                "Pool     2 of 3 servers active, agent SSLDCSSM pid 4000",
                "Sessions 637 of 1800, peak 637, total 637",
                "Routing  FILL, SSLSERVERID * TIMEOUT 30",
                "",
                "Server    State     Sessions   Max  Peak  Total   Pid  Since",
                "--------  --------  --------  ----  ----  -----  ----  --------",
                "SSL00001  Active         600   600   600    600  4001  22:13:20",
                "SSL00002  Active          37   600   210  12345  4002  22:13:20",
                "SSL00003  Stopped          0   600     0      0     -  22:13:20",
                "--------  --------  --------  ----  ----  -----  ----  --------",
                "Total     2 active       637  1800   637    637",
                "",
                "SSL00002 takes no new sessions, running ones may finish",
                "SSL00003 Stopped since 22:13:20: stopped by ALICE",
            ],
        )

    def test_closed(self) -> None:
        """
        Ports that could not be opened are named with the reason, once for what two of them have in common.
        """
        taken, unknown = "SSLP021E 0.0.0.0:443 is not opened: in use", "SSLP050W app is not known"
        closed = [ListenerRecord("W", "0.0.0.0:1", "A", "app:80", "Closed", each) for each in (taken, unknown, unknown)]
        lines = summaryLines(evolve(POOL, closed=tuple(closed)), TIMES)
        expected = [f"Closed   {taken}", f"Closed   {unknown}"]
        self.assertEqual([line for line in lines if line.startswith("Closed")], expected)

    def test_pending(self) -> None:
        """
        What waits for a new start is named.
        """
        later = said("SSLP046W", what=":admin_port.")
        lines = summaryLines(evolve(POOL, pending=(later,)), TIMES)
        self.assertIn(f"Pending  {later}"[:70], "\n".join(lines))

    def test_segment(self) -> None:
        """
        The shared segment's name stands with the agent that owns it.
        """
        line = summaryLines(evolve(POOL, segment="SSLCACHE"), TIMES)[1]
        self.assertEqual(line, "Pool     2 of 3 servers active, agent SSLDCSSM pid 4000, segment SSLCACHE")

    def test_oneServer(self) -> None:
        """
        For one member there are neither sums nor the others.
        """
        lines = summaryLines(POOL, TIMES, "SSL00002")
        firstWords = [line.partition(" ")[0] for line in lines[7:]]
        self.assertEqual(firstWords, ["SSL00002", "", "SSL00002"])

    def test_refused(self) -> None:
        """
        That clients were refused is said, and where to see why.
        """
        admission = AdmissionStatus(refused={"PEERRATE": 2, "DENY of [::]:443": 1})
        lines = summaryLines(evolve(POOL, admission=admission), TIMES)
        self.assertIn("Refused  3 connections; see QUERY STATUS DETAILS", lines)

    def test_full(self) -> None:
        """
        That connections wait is said.
        """
        self.assertIn("Waiting  connections wait for a server", summaryLines(evolve(POOL, full=True), TIMES))

    def test_serving(self) -> None:
        """
        Whether new clients are served is said first, where it is known.
        """
        for status, line in (
            (ServingStatus(True, "SSLP455I", "All is well", "None."), "Serving  yes"),
            (ServingStatus(True, "SSLP466W", "Not on 443", "Act."), "Serving  yes: SSLP466W Not on 443"),
            (ServingStatus(False, "SSLP457W", "No server", "Act."), "Serving  NO: SSLP457W No server"),
        ):
            self.assertEqual(summaryLines(evolve(POOL, serving=status), TIMES)[0], line)
        lines = servingLines(ServingStatus(False, "SSLP457W", "No server", "Act."))
        self.assertEqual(lines, ["SSLP457W No server", "  Act."])

    def test_noAgent(self) -> None:
        """
        That the agent is not running is said.
        """
        self.assertIn("SSLDCSSM not running", "\n".join(summaryLines(evolve(POOL, agentPid=0), TIMES)))

    def test_width(self) -> None:
        """
        A large pool with long uptimes and a long reason keeps to 80 columns.
        """
        servers = [
            evolve(serverStatus(n, sessions=1000), total=123_456_789, pid=4_194_304, reason="because " * 30)
            for n in range(1, 257)
        ]
        lines = summaryLines(poolStatus(servers), Times(STARTED + 86_400 * 400, UTC))
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertEqual(lines, [line.rstrip() for line in lines])


class DetailsTests(SynchronousTestCase):
    """
    QUERY STATUS DETAILS.
    """

    def test_layout(self) -> None:
        """
        A server's facts and its certificates.
        """
        self.assertEqual(
            detailsLines([serverDetails("SSL00001")], TIMES),
            [
                "SSL00001",
                "  Key database   /etc/gskadm/Database.kdb",
                "  TLS library    OpenSSL 4.0.3",
                "  Memory         45.0 MiB",
                "  Descriptors    31 open",
                "  Lag            at most 12 ms in the last minute",
                "  Operands       KEYFILE /etc/gskadm/Database.kdb",
                "                 CACHELIFE 24 H",
                "                 CACHECLEANUP 100",
                "                 PROTOCOL -TLSV1_0 -TLSV1_1 +TLSV1_2 +TLSV1_3",
                "                 TLSFALLBACKSCSV ON",
                "                 GSKTRACE 0",
                "                 TRACE NORMAL ALL",
                "  Ticket life    24 H",
                "  Protocols      TLSv1.2 TLSv1.3",
                "  Mode           none",
                "  Groups         X25519 P-256",
                "  Cipher suites  TLS_AES_256_GCM_SHA384 ECDHE-ECDSA-AES256-GCM-SHA384",
                "  exempt         ECDHE_ECDSA_CHACHA20",
                "  not provided   RC4_128_SHA RC4_128_MD5",
                "  Data           4.0 KiB received, 1.0 MiB sent",
                "  Resumed        3 handshakes",
                "  Outcomes       finished 12",
                "  Certificates",
                "    LABEL0   CN=host0.example.com",
                "             expires 2023-12-14 22:13:20 (in 29 days), generation 1",
                "             SHA-256",
                "             00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F",
                "             10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F",
            ],
        )

    def test_denied(self) -> None:
        """
        Requests of dynamic SSL that were refused are shown where there were any.
        """
        lines = detailsLines([evolve(serverDetails("SSL00001"), denied=2)], TIMES)
        self.assertIn("  Denied         2 requests", lines)

    def test_mode(self) -> None:
        """
        MODE is never shown without saying that the library is not a validated module.
        """
        text = " ".join(" ".join(detailsLines([evolve(serverDetails("SSL00001"), mode="FIPS-140-2")], TIMES)).split())
        self.assertIn("Mode FIPS-140-2; the TLS library is not a validated module", text)

    def test_expired(self) -> None:
        """
        An expired certificate stands out.
        """
        late = Times(STARTED + 86_400 * 31, UTC)
        self.assertIn("(EXPIRED)", "\n".join(detailsLines([serverDetails("SSL00001")], late)))

    def test_severalServers(self) -> None:
        """
        An empty line sets servers apart.
        """
        lines = detailsLines([serverDetails("SSL00001"), serverDetails("SSL00003")], TIMES)
        self.assertEqual(lines[lines.index("SSL00003") - 1], "")

    def test_empty(self) -> None:
        """
        A server without certificates, ciphers and outcomes, and no server at all, say so.
        """
        bare = evolve(serverDetails("SSL00001", labels=0), ciphers=(), outcomes={}, protocols=())
        text = "\n".join(detailsLines([bare], TIMES))
        for line in ("  Certificates   none", "  Outcomes       none yet", "  Cipher suites  none"):
            self.assertIn(line, text)
        self.assertEqual(detailsLines([], TIMES), ["No servers"])


class SessionsTests(SynchronousTestCase):
    """
    QUERY SESSIONS.
    """

    def test_layout(self) -> None:
        """
        Two lines for each session and their number.
        """
        handshake = evolve(sessionRecord(12), state="Handshake", protocol="", cipher="", resumed=False, received=0)
        self.assertEqual(
            sessionsLines([sessionRecord(7), handshake], TIMES),
            [
                "Conn  Server    Client socket      Server socket   Label    State",
                "----  --------  -----------------  --------------  -------  -----------",
                "   7  SSL00001  203.0.113.5:50007  192.0.2.1:8443  WEBCERT  Established",
                "      HTTPD  TLSv1.3  TLS_AES_256_GCM_SHA384  resumed  01:02:05  in 2.0 KiB  out 1.0 MiB",
                "  12  SSL00001  203.0.113.5:50012  192.0.2.1:8443  WEBCERT  Handshake",
                "      HTTPD  01:02:05  in 0 B  out 1.0 MiB",
                "",
                "2 secure sessions",
            ],
        )

    def test_client(self) -> None:
        """
        What a client has shown is on a line of its own, and that it is not trusted stands out.
        """
        good = evolve(sessionRecord(7), peer="CN=jane", alpn="h2", group="X25519")
        bad = evolve(good, number=8, objection="certificate has expired")
        lines = sessionsLines([good, sessionRecord(9), bad], TIMES)
        self.assertIn("TLS_AES_256_GCM_SHA384  X25519  h2  resumed", lines[3])
        self.assertEqual([line for line in lines if "jane" in line], [lines[4], lines[9]])
        self.assertEqual(lines[4], "      client CN=jane")
        self.assertEqual(lines[9], "      client CN=jane NOT TRUSTED: certificate has expired")

    def test_name(self) -> None:
        """
        So is the server name that a client has asked for.
        """
        lines = sessionsLines([evolve(sessionRecord(7), name="www.example.com"), sessionRecord(9)], TIMES)
        self.assertEqual([line for line in lines if "name" in line], [lines[4]])
        self.assertEqual(lines[4], "      name www.example.com")

    def test_none(self) -> None:
        """
        That there are none is said.
        """
        self.assertEqual(sessionsLines([], TIMES), ["No secure sessions"])

    def test_large(self) -> None:
        """
        With long numbers the second lines stand below the server still.
        """
        lines = sessionsLines([sessionRecord(1), sessionRecord(12_345_678)], TIMES)
        self.assertTrue(lines[3].startswith(" " * 10 + "HTTPD"))
