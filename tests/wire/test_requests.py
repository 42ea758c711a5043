"""
Tests for L{sslpool.wire.requests}.
"""

from __future__ import annotations

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire.requests import (
    CLIENT_CERTIFICATE,
    START_TLS,
    Asked,
    BadRequest,
    Code,
    Reply,
    Request,
    packReply,
    packRequest,
    unpackReply,
    unpackRequest,
)

HOSTS = st.sampled_from(["mail.example", "mail.example.", "_x.a-b.example", "192.0.2.7", "2001:db8::7", "localhost"])
WORDS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=40)


class RequestTests(SynchronousTestCase):
    """
    Requests.
    """

    def refused(self, message: bytes, reason: str) -> None:
        """
        Assert that C{message} is no request, and why.
        """
        self.assertIn(reason, str(self.assertRaises(BadRequest, unpackRequest, message)))

    @given(WORDS, st.sampled_from(CLIENT_CERTIFICATE))
    def test_server(self, label: str, level: str) -> None:
        """
        What is packed is unpacked: SecureServer.
        """
        request = Request(Asked.SECURE_SERVER, label, level)
        self.assertEqual(unpackRequest(packRequest(request)), request)

    @given(HOSTS, WORDS, st.lists(WORDS, max_size=16), st.sampled_from(["", *START_TLS]))
    def test_client(self, name: str, label: str, authorities: list[str], startTLS: str) -> None:
        """
        What is packed is unpacked: SecureClient.
        """
        request = Request(Asked.SECURE_CLIENT, label, "NONE", name, tuple(authorities), ("h2", "http/1.1"), startTLS)
        self.assertEqual(unpackRequest(packRequest(request)), request)

    @given(st.binary(max_size=64))
    def test_anything(self, message: bytes) -> None:
        """
        Whatever comes is a request or a L{BadRequest}.
        """
        with contextlib.suppress(BadRequest):
            unpackRequest(message)

    def test_octets(self) -> None:
        """
        A request is what the page says.
        """
        packed = packRequest(Request(Asked.SECURE_SERVER, "WEBCERT", "REQUIRED"))
        members = {"version": 1, "request": "SecureServer", "label": "WEBCERT", "clientCertificate": "REQUIRED"}
        self.assertEqual(json.loads(packed), members)

    def test_refused(self) -> None:
        """
        What is not understood to the last member is no request.
        """
        self.refused(b"\xff", "not JSON")
        self.refused(b"[" * 2000, "not JSON")
        self.refused(b"[]", "not a JSON object")
        self.refused(b"{}", "version is not 1")
        self.refused(b'{"version":1}', "request is not one of")
        self.refused(b'{"version":1,"request":["QueryTLS"]}', "request is not one of")
        self.refused(b'{"version":1,"request":"QueryTLS","name":"x"}', "has no member 'name'")
        self.refused(b'{"version":1,"request":"QueryTLS","label":7}', "label is not a text")
        self.refused(b'{"version":1,"request":"QueryTLS","label":"a\\u0000b"}', "label is not a text")
        self.refused(b'{"version":1,"request":"SecureServer"}', "without a label")
        self.refused(b'{"version":1,"request":"SecureClient"}', "without a name")
        self.refused(
            b'{"version":1,"request":"SecureServer","label":"X","clientCertificate":"MAYBE"}',
            "clientCertificate is not one of NONE, PREFERRED, REQUIRED, FULL",
        )
        self.refused(b'{"version":1,"request":"SecureClient","name":"two words"}', "not a DNS name")
        self.refused(
            b'{"version":1,"request":"SecureClient","name":"x","protocols":[]}', "protocols is not a list of 1 to 16"
        )
        self.refused('{"version":1,"request":"SecureClient","name":"x","protocols":["ä"]}'.encode(), "not ASCII")


class ReplyTests(SynchronousTestCase):
    """
    Replies.
    """

    def test_both(self) -> None:
        """
        What is packed is unpacked.
        """
        for reply in (Reply(Code.OK, more={"number": 3}), Reply(Code.LABEL, "SSLP740E", "Label is not recognized")):
            self.assertEqual(unpackReply(packReply(reply)), reply)

    def test_beginning(self) -> None:
        """
        A program that reads no JSON knows a reply by its first octets.
        """
        self.assertTrue(packReply(Reply(Code.OK, more={"number": 3})).startswith(b'{"version":1,"code":0,'))
        self.assertTrue(packReply(Reply(Code.LABEL, "X", "Y")).startswith(b'{"version":1,"code":1,'))

    def test_refused(self) -> None:
        """
        What is no reply is a C{ValueError}.
        """
        for message in (b"", b"{}", b'{"version":1,"code":99}', b'{"version":1}'):
            self.assertRaises(ValueError, unpackReply, message)
