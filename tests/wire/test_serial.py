"""
Tests for L{sslpool.wire.serial}.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve, fields, frozen
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import Said, said
from sslpool.wire.cachestatus import CacheStatus
from sslpool.wire.records import PoolStatus, ServerDetails, ServerStatus
from sslpool.wire.serial import fromJson, fromPlain, toJson, toPlain, withMessages
from tests.doubles.administration import cacheStatus, poolStatus, serverDetails, serverStatus

numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"))
servers = st.builds(
    ServerStatus,
    userid=texts,
    state=texts,
    sessions=st.integers(),
    maximum=st.integers(),
    peak=st.integers(),
    total=st.integers(),
    pid=st.integers(),
    quiescing=st.booleans(),
    since=numbers,
    reason=texts,
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=8,
)


@frozen
class Opaque:
    """
    A record with a field that has no form in JSON.
    """

    content: object


@frozen
class Small:
    """
    A record.
    """

    name: str


@frozen
class Large:
    """
    A record that has all that the other has, and more.
    """

    name: str
    size: int


class ReadingTests(SynchronousTestCase):
    """
    L{fromPlain} reads what L{toPlain} wrote and nothing else.
    """

    @given(st.lists(servers, max_size=4))
    def test_roundTrip(self, members: list[ServerStatus]) -> None:
        """
        A record with records in it comes back equal.
        """
        status = poolStatus(members)
        self.assertEqual(fromJson(PoolStatus, toJson(status)), status)

    def test_mapping(self) -> None:
        """
        A record with a mapping and tuples comes back equal.
        """
        details = serverDetails("SSL00001", labels=2)
        self.assertEqual(fromJson(ServerDetails, toJson(details)), details)

    def test_union(self) -> None:
        """
        Of a union the alternative that fits is read.
        """
        values = [serverDetails("SSL00001"), "a text"]
        self.assertEqual(fromJson(list[ServerDetails | str], toJson(values)), values)

    def test_messages(self) -> None:
        """
        Messages are their texts, and with their records beside them messages again, wherever they stand
        and whatever has been filled in.
        """
        within = said("DTCSSL2421E", server="SSL00001", reason="no")
        values = [
            said("SSLP402E", stack="TCPIP", command="STOP", seconds=2.5),
            said("SSLP043I", what="{WAIT}", before=None, after=True),
            "SSLP002I Stack X has ended",
            Said("SSLP999E", {"moon": 5}, "of another release"),
        ]
        document, beside = withMessages(values)
        self.assertEqual(document, toJson([str(each) for each in values]))
        self.assertEqual(fromJson(list[Said | str], document, beside), values)
        status = evolve(cacheStatus(), problems=(within, said("SSLP176W", reason=within)))
        read = fromJson(CacheStatus, *withMessages(status))
        self.assertEqual(read.problems, (within, said("SSLP176W", reason=str(within))))
        self.assertEqual(withMessages(["SSLP002I"])[1], "")

    def test_unfit(self) -> None:
        """
        A message whose fields the text here has no form for keeps the words that came with it.
        """
        for value in (None, "soon", 10**400):
            filled: dict[str, Any] = {"stack": "X", "command": "STOP", "seconds": value}
            read = fromPlain(Said, {"id": "SSLP402E", "text": "no answer", "fields": filled})
            self.assertEqual((str(read), read.fields), ("SSLP402E no answer", filled))

    def test_lines(self) -> None:
        """
        Where a text may be no message, it is one only with a record: what looks like one stays a text.
        """
        line = "SSLP002I Stack X has ended"
        self.assertEqual(fromJson(list[Said | str], toJson([line])), [line])

    def test_notMessages(self) -> None:
        """
        What is no record of a message, and no text of one either, is refused.
        """
        record = {"id": "SSLP402E", "text": "", "fields": {}}
        changed: list[dict[str, object]] = [{"id": "SSLP"}, {"id": 5}, {"fields": {"a": []}}]
        for wrong in (*({**record, **each} for each in changed), {"id": "SSLP402E"}, 5):
            self.assertRaises(ValueError, fromJson, list[Said], "[]", json.dumps([wrong]))
        for text in ("SSLP402", "", 5, None):
            self.assertRaises(ValueError, fromPlain, Said, text)
        # With records beside it, a text without one is no message.
        beside = withMessages([said("SSLP045I")])[1]
        self.assertRaises(ValueError, fromJson, list[Said], '["SSLP002I Stack X has ended"]', beside)

    def test_unionOfRecords(self) -> None:
        """
        Records are told apart by their fields: one that has more is not taken for one that has fewer.
        """
        for value in (Small("x"), Large("x", 5)):
            self.assertEqual(fromJson(Small | Large, toJson(value)), value)
        self.assertRaises(ValueError, fromPlain, Small | Large, {"name": "x", "size": 5, "colour": "red"})

    def test_unionWithoutFit(self) -> None:
        """
        A value that fits no alternative is refused.
        """
        self.assertRaises(ValueError, fromPlain, ServerDetails | str, 5)

    @given(plain)
    def test_arbitrary(self, value: Any) -> None:
        """
        Whatever arrives that is not the record is refused with L{ValueError}.
        """
        self.assertRaises(ValueError, fromPlain, PoolStatus, value)

    @given(st.sampled_from([each.name for each in fields(ServerStatus)]), plain)
    def test_arbitraryField(self, name: str, value: Any) -> None:
        """
        A record with something arbitrary in a field is either refused, or read as a
        record that is written back as the same value.
        """
        values = {**json.loads(toJson(serverStatus(1))), name: value}
        try:
            record = fromPlain(ServerStatus, values)
        except ValueError:
            return
        self.assertEqual(toPlain(getattr(record, name)), value)
        self.assertEqual(type(getattr(record, name)), type(getattr(serverStatus(1), name)))

    @given(st.binary())
    def test_octets(self, octets: bytes) -> None:
        """
        Octets that are no JSON document of the kind are refused with L{ValueError}.
        """
        self.assertRaises(ValueError, fromJson, PoolStatus, octets)

    def test_tooDeep(self) -> None:
        """
        A document that is nested without end is refused like any other.
        """
        self.assertRaises(ValueError, fromJson, list[str], "[" * 200_000)

    def test_fieldTooMany(self) -> None:
        """
        A field that the record does not have is ignored: a later release may have it.
        """
        values = {**json.loads(toJson(serverStatus(1))), "colour": "red"}
        self.assertEqual(fromPlain(ServerStatus, values), serverStatus(1))

    def test_fieldWithDefault(self) -> None:
        """
        A field that has a default need not be there: an earlier release has not got it.
        """
        values = json.loads(toJson(poolStatus([])))
        del values["segment"]
        self.assertEqual(fromPlain(PoolStatus, values), poolStatus([]))

    def test_fieldMissing(self) -> None:
        """
        A missing field is named, even where another kind of record would do.
        """
        values = json.loads(toJson(serverStatus(1)))
        del values["pid"]
        error = self.assertRaises(ValueError, fromPlain, ServerStatus, values)
        self.assertIn("pid", str(error))

    def test_truthIsNoNumber(self) -> None:
        """
        JSON's C{true} is not taken for the number 1.
        """
        self.assertRaises(ValueError, fromPlain, int, True)
        self.assertRaises(ValueError, fromPlain, float, True)

    def test_wholeNumberAsFloat(self) -> None:
        """
        A whole number is read where a fraction may stand.
        """
        read = fromPlain(float, 3)
        self.assertEqual((read, type(read)), (3.0, float))

    def test_notFinite(self) -> None:
        """
        Numbers that are not finite, or too large, are refused.
        """
        for text in ("NaN", "Infinity", "1" + "0" * 400):
            self.assertRaises(ValueError, fromJson, float, text)

    def test_place(self) -> None:
        """
        The error names the place of what is wrong.
        """
        values = json.loads(toJson(poolStatus([serverStatus(1), serverStatus(2)])))
        values["servers"][1]["pid"] = "x"
        error = self.assertRaises(ValueError, fromPlain, PoolStatus, values)
        self.assertIn("value.servers[1].pid", str(error))

    def test_unknownKind(self) -> None:
        """
        A kind that JSON cannot hold is a fault of ours.
        """
        self.assertRaises(TypeError, fromPlain, set[str], [])


class WritingTests(SynchronousTestCase):
    """
    L{toPlain} and L{toJson} write what JSON knows.
    """

    def test_opaque(self) -> None:
        """
        What has no form in JSON is a fault of ours.
        """
        self.assertRaises(TypeError, toPlain, Opaque(object()))
        self.assertRaises(TypeError, toPlain, {1: "x"})

    def test_notFinite(self) -> None:
        """
        A number that is not finite is not written.
        """
        self.assertRaises(ValueError, toJson, evolve(serverStatus(1), since=float("nan")))

    def test_ascii(self) -> None:
        """
        The document is ASCII, dense, or indented on request.
        """
        self.assertEqual(toJson({"a": ["é", 1]}), '{"a":["\\u00e9",1]}')
        self.assertEqual(toJson({"a": 1}, indent=2), '{\n  "a": 1\n}')
