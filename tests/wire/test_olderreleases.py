"""
What older releases say on the control connection, word by word as they sent it: C{frames.json} has the request and the
answer of each command in each version of the protocol, where it is not that of the version before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twisted.protocols import amp
from twisted.trial.unittest import SynchronousTestCase

from sslpool.wire.vocabulary import COMMANDS, OLDEST, PROTOCOL, AdministrationCommand
from tests.wire.test_vocabulary import EXAMPLES, examples

FRAMES: dict[str, dict[str, tuple[str, str]]] = json.loads(Path(__file__).with_name("frames.json").read_text("utf-8"))

SENT = {**EXAMPLES, "text": "SSLLIMITS WAIT 5\n"}
"""
The arguments of the requests.
"""


def recorded() -> Iterator[tuple[int, type[AdministrationCommand], amp.AmpBox, amp.AmpBox]]:
    """
    Yield each version and command with its request and its answer.
    """
    for version, frames in FRAMES.items():
        for name, (request, answer) in frames.items():
            yield int(version), COMMANDS[name], _box(request), _box(answer)


def _box(frame: str) -> amp.AmpBox:
    return amp.parseString(frame.encode("latin-1"))[0] if frame else amp.AmpBox()


def missing(old: Any, new: Any) -> list[str]:
    """
    Return the fields of records that an older release has, and this one not.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        lost = [key for key in old if key not in new]
        return lost + [each for key in old if key in new for each in missing(old[key], new[key])]
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return missing(old[0], new[0])
    return []


class OlderReleaseTests(SynchronousTestCase):
    """
    A client or a stack of each version from L{OLDEST} on.
    """

    def test_versions(self) -> None:
        """
        There are frames of every version that is understood, and of every word in one of them.
        """
        self.assertEqual(sorted(map(int, FRAMES)), list(range(OLDEST, PROTOCOL + 1)))
        self.assertEqual({name for frames in FRAMES.values() for name in frames}, set(COMMANDS))

    def test_requests(self) -> None:
        """
        What an older client asks is read as it meant it; an argument that it does not have has no value.
        """
        for version, command, request, _ in recorded():
            expected = {
                name: value if name.encode("ascii") in request else None
                for name, value in {**SENT, "protocol": version}.items()
                if name in examples(command.arguments)
            }
            self.assertEqual(command.parseArguments(request, None), expected, f"{version} {command.commandName!r}")

    def test_answers(self) -> None:
        """
        What an older stack answers can be read.
        """
        for version, command, _, answer in recorded():
            found = command.parseResponse(answer, None)
            self.assertEqual(list(found), list(examples(command.response)), f"{version} {command.commandName!r}")

    def test_ours(self) -> None:
        """
        What this stack answers has every field that an older client knows.
        """
        for version, command, _, answer in recorded():
            ours = command.makeResponse(dict(examples(command.response)), None)
            for key, document in answer.items():
                self.assertIn(key, ours)
                if document[:1] in (b"{", b"["):
                    lost = missing(json.loads(document), json.loads(ours[key]))
                    self.assertEqual(lost, [], f"{version} {command.commandName!r}")
