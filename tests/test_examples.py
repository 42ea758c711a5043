# -*- test-case-name: tests.test_examples -*-
"""
What the documentation shows is what the programs take: the configurations, commands, requests and pieces of
Python in it are parsed.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.main import Gskkyman
from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.pool.main import PoolOptions
from sslpool.commands.pool.operands import operation, parseOperands
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.vmssl import apart, twistdArguments
from sslpool.config.amendment import Amendment
from sslpool.config.assembly import assemble
from sslpool.config.configuration import ServerParameters
from sslpool.config.directory import parseDirectory
from sslpool.config.portlist import PORT_OPTIONS
from sslpool.config.profile import STATEMENTS, parseProfile
from sslpool.config.tokens import Findings
from sslpool.config.vmssl import OPERANDS
from sslpool.messages import Severity
from sslpool.stack.configuration.standalone import operands
from sslpool.tap import Options
from tests.config.support import etc
from tests.test_documents import pages, prose

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_FILE = re.compile(r"^(?:; |\.\* |\* )(PROFILE\.TCPIP|SYSTEM\.DTCPARMS|USER\.DIRECT)\n", re.MULTILINE)
_TAG = re.compile(r":([a-z_]+)\. ?([^…]+)")
_COMMAND = re.compile(r"(?:\.venv/bin/)?(?:ssladmin|sslnetstat|gskkyman|sslpool|vmssl|twistd) [^*]")
_ROW = re.compile(r"\| `:([a-z_]+)\.` \|(.*)")

OPERATIONS = frozenset(str(row[0]) for row in cast(Iterable[Sequence[object]], Gskkyman.subCommands))

PROGRAMS = ("ssladmin", "sslnetstat", "gskkyman", "sslpool", "vmssl", "twistd")

_POOL = "admin_id_list admin_port clientcertcheck mixedcaseparms mount owner parms sandbox timestamp timezone"
POOL_TAGS = frozenset(_POOL.split())
"""
The tags that belong to the pool; others are taken for an application's.
"""

CLASSES = frozenset({"class", "dcss_parms", "for", "nick", "stack", "type", "vmlink"})
"""
Those that say which entry it is: they are in the examples as a whole.
"""

PAIRS = frozenset({"clientcertcheck", "mount", "tlslabel"})
"""
Those in whose description a word is a part of a value.
"""

BESIDE = {"secure": ":dynamic.FTP :tlslabel.A", "passive": ":dynamic.FTP :tlslabel.A", "dynamic": ":tlslabel.A"}
"""
What else an application's entry needs where it has a tag, by how that begins.
"""

_WORDS = "CN OU DNS URI KEYFILE WATCH FTP HOME USER LOGNAME INTERNALCLIENTPARMS"
WORDS = frozenset(_WORDS.split())
"""
Words in capitals in a tag's description that are no value of it.
"""


def wrong(profile: str = "", servers: str = "", pool: str = "", directory: str = "") -> list[str]:
    """
    Return the errors and warnings about the configuration that comes with the product where it is changed so.

    @param profile: statements of PROFILE TCPIP.
    @param servers: entries of SYSTEM DTCPARMS; those of applications that are missing are added.
    @param pool: tags of the pool.
    @param directory: entries of USER DIRECT.
    """
    files, findings = etc(), Findings()
    statements = parseProfile("", profile, Findings())
    userids = {"WEBSERV", *(port.userid for port in statements.ports), *(user.userid for user in statements.autolog)}
    lacking = userids - {"INTCLIEN", *re.findall(r":nick\.(\S+)", servers)}
    added = [f":nick.{userid} :type.server :address.127.0.0.1:9 :command.true" for userid in sorted(lacking)]
    files["SYSTEM.DTCPARMS"] = "\n".join([servers, *added])
    own = "|".join(re.findall(r"^:([a-z_]+)\.", pool)) or "-"
    defaults = re.sub(rf":(?:{own})\.[^:]*(?=:|$)", "", files["IBM.DTCPARMS"])
    files["IBM.DTCPARMS"] = f"{defaults}\n{pool}\n"
    parseDirectory("USER.DIRECT", directory, findings)
    assembly = assemble(files, "/conf", None, "NODE1", [Amendment("EXAMPLE", profile, again=True)])
    found = [each for each in (*assembly.findings, *findings.all()) if each.severity is not Severity.INFORMATION]
    # The list of ports that comes with the product is not the example's.
    return [str(each) for each in found if each.said.id != "SSLP069W"]


def wrongTag(name: str, value: str) -> list[str]:
    """
    Return what is wrong with a tag that has this value.
    """
    if name in POOL_TAGS:
        return wrong(pool=f":{name}.{value}")
    beside = next((tags for begin, tags in BESIDE.items() if name.startswith(begin)), "")
    tags = [tag for tag in (":type.server", ":address.127.0.0.1:9", *beside.split()) if not tag.startswith(f":{name}.")]
    port = "PORT 10 TCP EXAMPLE" if beside else "PORT 10 TCP EXAMPLE SECURE A CLIENTCERTCHECK REQUIRED"
    return wrong(port, f":nick.EXAMPLE {' '.join(tags)}\n:{name}.{value}")


def blocks() -> Iterator[tuple[str, str, str]]:
    """
    Yield page, language and text of each block of code.
    """
    for page in pages():
        for language, text in _BLOCK.findall(page.read_text("utf-8")):
            yield page.name, language, text


def inline() -> Iterator[tuple[str, str]]:
    """
    Yield page and text of what stands in code type within sentences.
    """
    for page in pages():
        for code in _CODE.findall(prose(page)):
            yield page.name, " ".join(code.split())


class ConfigurationTests(SynchronousTestCase):
    """
    Files of the configuration, and pieces of them.
    """

    def test_blocks(self) -> None:
        """
        A block of statements or entries is right as it stands.
        """
        seen = 0
        for page, _, text in blocks():
            parts = _FILE.split(text)
            first = text.split(maxsplit=1)[0]
            if len(parts) > 1:
                files = dict(zip(parts[1::2], parts[2::2], strict=True))
            elif first in STATEMENTS:
                files = {"PROFILE.TCPIP": text}
            elif first.startswith(":nick."):
                files = {"SYSTEM.DTCPARMS": text}
            elif first == "USER":
                files = {"USER.DIRECT": text}
            else:
                continue
            seen += 1
            named = [files.get(name, "") for name in ("PROFILE.TCPIP", "SYSTEM.DTCPARMS", "USER.DIRECT")]
            self.assertEqual(wrong(named[0], named[1], directory=named[2]), [], f"{page}: {text}")
        self.assertGreater(seen, 12)

    def test_tags(self) -> None:
        """
        So is each tag that stands alone with a value.
        """
        lines = [(page, line) for page, _, text in blocks() for line in text.splitlines() if line.startswith(":")]
        found = [(page, _TAG.fullmatch(text)) for page, text in (*lines, *inline()) if ":nick." not in text]
        tags = [(page, match[1], match[2]) for page, match in found if match and match[1] not in CLASSES]
        for page, name, value in tags:
            self.assertEqual(wrongTag(name, value), [], f"{page}: :{name}.{value}")
        self.assertGreater(len(tags), 12)

    def test_operands(self) -> None:
        """
        So are the operands of PORT and VMSSL, and statements, that stand in sentences.
        """
        seen = 0
        for page, code in inline():
            first, *others = code.split()
            # Small letters stand for something else, but in the names of protocols.
            if not others or "…" in code or (first != "ALPN" and re.search(r" [a-z]+\b", code)):
                continue
            findings, profile = Findings(), ""
            if first in OPERANDS:
                operands(code, ServerParameters(), findings)
            elif first in PORT_OPTIONS:
                profile = f"PORT 10 TCP WEBSERV SECURE A {code}"
            elif first in STATEMENTS:
                profile = f"{code} 10 TCP WEBSERV SECURE A" if first == "PORT" else code
            else:
                continue
            seen += 1
            errors = [str(each) for each in findings.all() if each.severity is Severity.ERROR]
            self.assertEqual([*errors, *wrong(profile)], [], f"{page}: {code}")
        self.assertGreater(seen, 8)

    def test_values(self) -> None:
        """
        So is each value that a table names for a tag.
        """
        seen = 0
        for page in pages():
            for name, cells in _ROW.findall(page.read_text("utf-8")):
                for value in _CODE.findall(re.sub(r"\(.*?\)", "", cells)):
                    if re.fullmatch(r"[A-Z]+( [A-Z]+)*", value) and value not in WORDS and name not in CLASSES | PAIRS:
                        seen += 1
                        self.assertEqual(wrongTag(name, value), [], f"{page.name}: :{name}.{value}")
        self.assertGreater(seen, 12)


def commands() -> Iterator[tuple[str, str, list[str]]]:
    """
    Yield page, program and arguments of each command of ours; not of those that leave something out.
    """
    for page, line in (*blockCommands(), *inlineCommands()):
        # Behind several blanks stands what it is for.
        command = re.split(r" [|&]|   +", line)[0]
        if _COMMAND.match(command) and not re.search(r"[\[|<…]|\.\.\.|--help", command):
            program, *arguments = shlex.split(command, comments=True)
            yield page, program.rpartition("/")[2], arguments


def blockCommands() -> Iterator[tuple[str, str]]:
    """
    Yield page and line of what may be commands in blocks: behind prompts, where there are some.
    """
    for page, _, text in blocks():
        lines = text.splitlines()
        typed = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        yield from ((page, line) for line in typed or lines)


def inlineCommands() -> Iterator[tuple[str, str]]:
    """
    Yield page and text of what may be commands within sentences: more than the name of one.  On the page about
    certificates operations go without their program.
    """
    for page, code in inline():
        words = code.split()
        if page == "certificates.md" and len(words) > 1 and words[0] in OPERATIONS:
            yield page, f"gskkyman {code}"
        elif len(words) > 2 or words[0] in ("ssladmin", "sslnetstat"):
            yield page, code


def understand(program: str, arguments: list[str]) -> None:
    """
    Have a program understand its command line, without doing what it says.

    @raise Exception: it does not.
    """
    if program in ("ssladmin", "sslnetstat"):
        {"ssladmin": ssladmin, "sslnetstat": sslnetstat}[program].PROGRAM.understand(arguments)
    elif program == "gskkyman":
        Gskkyman().parseOptions(arguments)
    elif program == "twistd":
        Options().parseOptions(arguments[arguments.index("sslpool") + 1 :])
    elif program == "vmssl":
        Options().parseOptions(twistdArguments(arguments)[3:])
        findings = Findings()
        operands(" ".join(apart(arguments).operands), ServerParameters(), findings)
        if findings.all():
            raise ValueError(findings.all())
    else:
        options = PoolOptions()
        options.parseOptions(arguments)
        name, *words = options.words
        if (known := operation(name)) is not None:
            parseOperands(known, words, bool(options["nopool"]), bool(options["test"]))
        elif name.upper() not in ("CHECK", "STAPLE", "PASSWORD", "BACKUP", "RESTORE", "HELP"):
            raise ValueError(name)


class CommandTests(SynchronousTestCase):
    """
    Command lines.
    """

    def test_commands(self) -> None:
        """
        Each program takes what the pages have it do.
        """
        seen: Counter[str] = Counter()
        for page, program, arguments in commands():
            seen[program] += 1
            try:
                understand(program, arguments)
            except Exception as error:
                self.fail(f"{page}: {program} {' '.join(arguments)}: {error}")
        for program in PROGRAMS:
            self.assertGreater(seen[program], 1, program)


class PieceTests(SynchronousTestCase):
    """
    Requests and pieces of programs.
    """

    def test_json(self) -> None:
        """
        JSON is JSON.
        """
        texts = [text for _, language, text in blocks() if language == "json"]
        for text in texts:
            self.assertIsInstance(json.loads(text), dict, text)
        self.assertGreater(len(texts), 3)

    def test_python(self) -> None:
        """
        Python is Python, and what it imports of ours is there.
        """
        texts = [text for _, language, text in blocks() if language == "python"]
        for text in texts:
            tree = compile(text, "example", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sslpool"):
                    module = importlib.import_module(str(node.module))
                    for each in node.names:
                        self.assertTrue(hasattr(module, each.name), text)
        self.assertGreater(len(texts), 2)
