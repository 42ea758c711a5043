# -*- test-case-name: tests.test_documents -*-
"""
The documentation agrees with the source: generated pages are fresh, links lead
somewhere, and every statement, tag and operand that is read is described.
"""

from __future__ import annotations

import re
import runpy
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config import directory, dtcparms, profile, tcpipdata, vmssl
from sslpool.config.internalclient import OPERANDS as INTERNAL_CLIENT_OPERANDS
from sslpool.config.internalclient import UNUSED_OPERANDS
from sslpool.config.limits import Routing
from sslpool.config.portlist import PORT_OPTIONS
from sslpool.config.suites import BY_NAME
from sslpool.config.unused import DATA_STATEMENTS, DIRECTORY_STATEMENTS
from sslpool.messages import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent

_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FILE = re.compile(r"`((?:[\w.-]+/)*(?:\w+\.py|[\w-]+/))`")
_MESSAGE_ID = re.compile(r"\b(?:SSLP\d{3}|DTC[A-Z]+\d{4})[IWE]\b")


def pages() -> list[Path]:
    """
    Return the pages that people read.
    """
    patterns = ("*.md", "docs/*.md", "benchmarks/*.md", "newsfragments/*.md", "tests/**/*.md")
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


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

    def test_files(self) -> None:
        """
        Every module and every folder that a page for developers names is there: in the checkout, in the package, or
        beside the page.
        """
        developers = ("CONTRIBUTING.md", "docs/architecture.md", "docs/releasing.md", "tests/README.md")
        missing = [
            f"{page}: {name}"
            for page in developers
            for name in _FILE.findall(prose(ROOT / page))
            if not any((folder / name).exists() for folder in (ROOT, ROOT / "sslpool", (ROOT / page).parent))
        ]
        self.assertEqual(missing, [])

    def test_everyPage(self) -> None:
        """
        README leads to every page of docs.
        """
        linked = set(_LINK.findall(prose(ROOT / "README.md")))
        missing = [path.name for path in sorted((ROOT / "docs").glob("*.md")) if f"docs/{path.name}" not in linked]
        self.assertEqual([], missing)

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


class PublicTests(SynchronousTestCase):
    """
    C{docs/api.md} names what programs may import.
    """

    def modules(self) -> dict[str, list[str]]:
        """
        Return the names below each heading of the page.
        """
        _, *parts = re.split(r"^### `(.*)`$", (ROOT / "docs" / "api.md").read_text("utf-8"), flags=re.MULTILINE)
        return {
            module: re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
            for module, text in zip(parts[::2], parts[1::2], strict=True)
        }

    def test_names(self) -> None:
        """
        They are those that the modules themselves call public, and each of them is there.
        """
        for module, names in self.modules().items():
            found = import_module(module)
            self.assertEqual(sorted(names), sorted(found.__all__), module)
            self.assertEqual([], [name for name in names if not hasattr(found, name)], module)

    def test_imported(self) -> None:
        """
        What other pages and the examples import is on it.
        """
        public = self.modules()
        folder = ROOT / "docs"
        texts = [path.read_text("utf-8") for path in (*pages(), *sorted((folder / "examples").glob("*.py")))]
        found = {
            (module, name.strip())
            for text in texts
            for module, names in re.findall(r"^from (sslpool[\w.]*) import ([\w, ]+)$", text, re.MULTILINE)
            for name in names.split(",")
        }
        self.assertIn(("sslpool.messages", "OperatorError"), found)
        wrong = [
            (module, name)
            for module, name in sorted(found)
            if f"{module}.{name}" not in public and name not in public.get(module, ())
        ]
        self.assertEqual([], wrong)


class NewsTests(SynchronousTestCase):
    """
    What C{newsfragments} has for the next release.
    """

    types = tuple(
        each["directory"] for each in tomllib.loads((ROOT / "towncrier.toml").read_text())["tool"]["towncrier"]["type"]
    )

    def test_names(self) -> None:
        """
        A fragment is named by words and by a type that towncrier knows, so that NEWS has no number.
        """
        name = re.compile(rf"\+[a-z0-9]+(-[a-z0-9]+)+\.({'|'.join(self.types)})")
        names = [path.name for path in (ROOT / "newsfragments").iterdir() if path.name != "README.md"]
        self.assertEqual([each for each in names if not name.fullmatch(each)], [])

    def test_types(self) -> None:
        """
        The page about them has every type.
        """
        text = (ROOT / "newsfragments" / "README.md").read_text("utf-8")
        self.assertEqual(re.findall(r"^\| `(\w+)` +\|", text, re.MULTILINE), list(self.types))


class ConfigurationPageTests(SynchronousTestCase):
    """
    C{docs/configuration.md} describes what the parsers accept.
    """

    def described(self, names: Iterable[str], form: str = "{}", page: str = "configuration.md") -> None:
        """
        Assert that each name stands in a heading of the page or in code type, in C{form}.
        """
        text = prose(ROOT / "docs" / page)
        code = " ".join([*_HEADING.findall(text), *re.findall(r"`([^`\n]+)`", text)])
        missing = [name for name in names if not re.search(rf"(?<!\w){re.escape(form.format(name))}(?!\w)", code)]
        self.assertEqual([], missing)

    def test_profile(self) -> None:
        """
        Every statement of PROFILE TCPIP, and its operands.
        """
        self.described(profile.STATEMENTS)
        self.described((*profile.LIMIT_OPERANDS, *PORT_OPTIONS, *INTERNAL_CLIENT_OPERANDS, *UNUSED_OPERANDS))
        self.described(("ROUTING", *(each.value for each in Routing), "TIMEOUT", "TCP", "UDP"))

    def test_dtcparms(self) -> None:
        """
        Every tag; of those without effect, the reason that the finding gives.
        """
        self.described((tag.lower() for tag in (*dtcparms.USED_TAGS, *dtcparms.UNUSED_TAGS)), ":{}.")
        text = prose(ROOT / "docs" / "configuration.md")
        self.assertEqual([], [reason for reason in dtcparms.UNUSED_TAGS.values() if f"none: {reason} |" not in text])

    def test_vmssl(self) -> None:
        """
        Every operand of C{:parms.}, with its shortest spelling, modes and protocol versions.
        """
        self.described(vmssl.OPERANDS)
        shortest = {
            name: min((each for each in vmssl.SPELLINGS if vmssl.SPELLINGS[each] == name), key=len)
            for name in vmssl.OPERANDS
        }
        self.described(shortest.values())
        self.described((*vmssl.MODES, *vmssl.PROTOCOLS, *vmssl.ANCIENT_PROTOCOLS, *vmssl.STRENGTHS))

    def test_suites(self) -> None:
        """
        Every cipher suite, on the page that has them.
        """
        self.described(BY_NAME, page="suites.md")

    def test_tcpipData(self) -> None:
        """
        Every statement of TCPIP DATA.
        """
        self.described((*tcpipdata.STATEMENTS, *DATA_STATEMENTS))

    def test_directory(self) -> None:
        """
        Every statement of USER DIRECT.
        """
        self.described((*directory.ENTRIES, *directory.STATEMENTS, *DIRECTORY_STATEMENTS))
        self.described(("MAXCONN", "UID", "GID", "GNAME", "IWDIR", "IUPGM", "FSROOT", "RELATIVE", "ABSOLUTE"))

    def test_messages(self) -> None:
        """
        Every warning and error about configuration files that belongs to a statement, tag or operand is named.
        """
        text = prose(ROOT / "docs" / "configuration.md")
        found = [name for name in CATALOGUE if re.fullmatch(r"SSLP2[0-7]\d[WE]|SSLP29\d[WE]", name)]
        self.assertEqual([], [name for name in found if name not in text])
