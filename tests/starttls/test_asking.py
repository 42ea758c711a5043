"""
Tests for L{sslpool.starttls.asking}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.asking import ASKING, FOLLOWING, LDAP_START_TLS, LONGEST, POSTGRESQL_REQUEST, Asking, Declined
from sslpool.wire.requests import START_TLS

DO, WILL = b"\xff\xfd.", b"\xff\xfb."
AGREED = bytes.fromhex("300c02010178070a010004000400")

GOOD = {
    "SMTP": (
        [b"220-mail.example\r\n220 ready\r\n", b"250-mail.example\r\n250-SIZE\r\n250 STARTTLS\r\n", b"220 go\r\n"],
        b"EHLO localhost\r\nSTARTTLS\r\n",
    ),
    "FTP": ([b"120 in a minute\r\n220-hello\r\n 220 not yet\r\n220 ready\r\n", b"234 go\r\n"], b"AUTH TLS\r\n"),
    "LDAP": ([AGREED], LDAP_START_TLS),
    "POSTGRESQL": ([b"S"], POSTGRESQL_REQUEST),
    "TELNET": ([b"\xff\xfd\x18" + DO, FOLLOWING], b"\xff\xfc\x18" + WILL + FOLLOWING),
}
"""
What remote hosts say, and what they hear, for each protocol.
"""

BAD = {
    "SMTP": (
        b"554 go away\r\n",
        b"SSH-2.0\r\n",
        b"220 x\r\n500 what\r\n",
        b"220 x\r\n250 SIZE\r\n",
        b"220 x\r\n250 STARTTLS\r\n454 not now\r\n",
    ),
    "FTP": (b"421 full\r\n", b"220 x\r\n502 what\r\n"),
    "LDAP": (
        bytes.fromhex("300c02010178070a010104000400"),
        bytes.fromhex("300c02010278070a010004000400"),
        bytes.fromhex("300c02010161070a010004000400"),
        b"HTTP/1.1",
        bytes.fromhex("3087ffffffffffffff"),
        bytes.fromhex("3084ffffffff"),
    ),
    "POSTGRESQL": (b"N", b"E"),
    "TELNET": (b"login: ", b"\xff\xfa.\x01\xff\xf0", b"\xff\xfc.", DO + DO),
}
"""
What a remote host may say that does not agree, or makes no sense.
"""


def heard(dialogue: Asking, octets: bytes, size: int) -> bytes:
    """
    Let a dialogue hear C{octets} in pieces of C{size}; return what it says.
    """
    return b"".join(dialogue.heard(octets[at : at + size]) for at in range(0, len(octets), size))


class AskingTests(SynchronousTestCase):
    """
    Every dialogue.
    """

    def test_protocols(self) -> None:
        """
        There is one for each protocol that can be asked for, and it is tested here.
        """
        self.assertEqual({*ASKING}, {*START_TLS})
        self.assertEqual(({*GOOD}, {*BAD}), ({*ASKING}, {*ASKING}))

    def test_agreed(self) -> None:
        """
        A remote host agrees, in pieces of any size.
        """
        for protocol, (replies, said) in GOOD.items():
            for size in (1, 2, 3, 1000):
                dialogue = ASKING[protocol]()
                answers = dialogue.BEGIN + b"".join(heard(dialogue, reply, size) for reply in replies)
                self.assertEqual((protocol, dialogue.agreed, answers), (protocol, True, said))

    def test_greeting(self) -> None:
        """
        The greeting is kept for clients that wait for one.
        """
        for protocol, expected in (("SMTP", GOOD["SMTP"][0][0]), ("LDAP", b"")):
            dialogue = ASKING[protocol]()
            for reply in GOOD[protocol][0]:
                dialogue.heard(reply)
            self.assertEqual(dialogue.greeting, expected)

    def test_declined(self) -> None:
        """
        A remote host that does not agree, or talks nonsense, is not believed.
        """
        for protocol, sayings in BAD.items():
            for said in sayings:
                for size in (1, 1000):
                    dialogue = ASKING[protocol]()
                    self.assertRaises(Declined, heard, dialogue, said, size)
                    self.assertFalse(dialogue.agreed, (protocol, said))

    def test_injection(self) -> None:
        """
        Octets behind the agreement were not protected: they are refused, in the same piece or in the next one.
        """
        for protocol, (replies, _) in GOOD.items():
            for together in (True, False):
                dialogue = ASKING[protocol]()
                for reply in replies[:-1]:
                    dialogue.heard(reply)
                if together:
                    error = self.assertRaises(Declined, dialogue.heard, replies[-1] + b"250 x\r\n")
                else:
                    dialogue.heard(replies[-1])
                    error = self.assertRaises(Declined, dialogue.heard, b"250 x\r\n")
                self.assertEqual(str(error), "cleartext after its agreement", protocol)

    def test_endless(self) -> None:
        """
        A remote host that never comes to the point is not heard for ever.
        """
        for octets in (b"220-x\r\n" * LONGEST, b"2" * (LONGEST + 1)):
            error = self.assertRaises(Declined, heard, ASKING["SMTP"](), octets, 1000)
            self.assertIn(str(error), ("its answer is too long", "its answer is not a reply"))

    def test_shown(self) -> None:
        """
        What it says is shown without its control characters, and not all of it.
        """
        error = self.assertRaises(Declined, ASKING["SMTP"]().heard, b"554 \x1b[2J" + b"x" * 500 + b"\r\n")
        self.assertEqual(str(error), "554 ?[2J" + "x" * 92)
