# -*- test-case-name: tests.test_documents -*-
"""
The documentation agrees with the source: generated pages are fresh, links lead
somewhere, and every statement, tag and operand that is read is described.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config import dtcparms, profile, tcpipdata, vmssl
from sslpool.config.directory import ENTRIES
from sslpool.config.directory import STATEMENTS as DIRECTORY_STATEMENTS
from sslpool.config.internalclient import OPERANDS as INTERNAL_CLIENT_OPERANDS
from sslpool.config.portlist import PORT_OPTIONS
from sslpool.config.suites import SUITES
from sslpool.config.unused import PROFILE_BLOCKS, PROFILE_STATEMENTS
from sslpool.messages import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MESSAGE_ID = re.compile(r"\b(?:SSLP\d{3}|DTC[A-Z]+\d{4})[IWE]\b")


def pages() -> list[Path]:
    """
    Return the pages that people read.
    """
    folders = ("docs", "benchmarks", "newsfragments")
    return [ROOT / "README.md", *(path for folder in folders for path in sorted((ROOT / folder).glob("*.md")))]


def prose(path: Path) -> str:
    """
    Return a page without its blocks of code.
    """
    return _FENCED.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """
    Return the anchors of a page's headings, as GitHub makes them.
    """
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(path)))
    return {heading.replace(" ", "-") for heading in headings}


def brokenLinks(path: Path) -> Iterator[str]:
    """
    Yield the links within the project that lead nowhere.
    """
    for link in _LINK.findall(prose(path)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield f"{path.name}: {link}"


class GeneratedPageTests(SynchronousTestCase):
    """
    The pages that C{docs/generate.py} makes.
    """

    def test_fresh(self) -> None:
        """
        They are as the script would write them now.
        """
        documents = cast(Callable[[], dict[Path, str]], runpy.run_path(str(ROOT / "docs" / "generate.py"))["documents"])
        stale = [path.name for path, text in documents().items() if path.read_text("utf-8") != text]
        self.assertEqual([], stale, "run: python docs/generate.py")

    def test_everyMessage(self) -> None:
        """
        Every message of the catalogue has its heading.
        """
        found = {heading for heading in _HEADING.findall(prose(ROOT / "docs" / "messages.md")) if heading in CATALOGUE}
        self.assertEqual(set(CATALOGUE), found)


class LinkTests(SynchronousTestCase):
    """
    What pages refer to.
    """

    def test_links(self) -> None:
        """
        Every link within the project leads to a file that is there, and to one of its headings.
        """
        self.assertEqual([], [broken for path in pages() for broken in brokenLinks(path)])

    def test_messageIds(self) -> None:
        """
        Every message id that a page mentions is in the catalogue.
        """
        unknown = {
            f"{path.name}: {name}"
            for path in pages()
            for name in _MESSAGE_ID.findall(path.read_text("utf-8"))
            if name not in CATALOGUE
        }
        self.assertEqual(set(), unknown)


class ConfigurationPageTests(SynchronousTestCase):
    """
    C{docs/configuration.md} describes what the parsers accept.
    """

    def described(self, names: Iterable[str], form: str = "{}") -> None:
        """
        Assert that each name stands in a heading of the page or in code type, in C{form}.
        """
        text = prose(ROOT / "docs" / "configuration.md")
        code = " ".join([*_HEADING.findall(text), *re.findall(r"`([^`\n]+)`", text)])
        missing = [name for name in names if not re.search(rf"(?<!\w){re.escape(form.format(name))}(?!\w)", code)]
        self.assertEqual([], missing)

    def test_profile(self) -> None:
        """
        Every statement of PROFILE TCPIP that has a meaning here, and its operands.
        """
        self.described(set(profile.STATEMENTS) - {*PROFILE_STATEMENTS, *PROFILE_BLOCKS})
        self.described((*profile.LIMIT_OPERANDS, *PORT_OPTIONS, *INTERNAL_CLIENT_OPERANDS))

    def test_dtcparms(self) -> None:
        """
        Every tag that has a meaning here.
        """
        self.described((tag.lower() for tag in dtcparms.USED_TAGS), ":{}.")

    def test_vmssl(self) -> None:
        """
        Every operand of C{:parms.}.
        """
        self.described(vmssl.OPERANDS)

    def test_suites(self) -> None:
        """
        Every cipher suite that the TLS library provides.
        """
        self.described(suite.name for suite in SUITES if suite.library)

    def test_tcpipData(self) -> None:
        """
        Every statement of TCPIP DATA that has a meaning here.
        """
        self.described(tcpipdata.STATEMENTS)

    def test_directory(self) -> None:
        """
        Every statement of USER DIRECT that has a meaning here.
        """
        self.described((*ENTRIES, *DIRECTORY_STATEMENTS))
