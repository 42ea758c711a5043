# -*- test-case-name: tests.test_layers -*-
"""
The plan of the house holds: who may import whom, what no module does, and how large a module may be.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from inspect import isclass, iscoroutinefunction, isfunction
from pathlib import Path
from statistics import median

from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementedBy

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sslpool"

LINES = (
    {"backoff", "messages", "reasons", "throttle"},
    {"config", "planning", "starttls", "tracing"},
    {"wire"},
    {"pool", "reports"},
    {
        "clocks",
        "fairqueue",
        "interfaces",
        "keepalive",
        "keydb",
        "librarywarnings",
        "loginnames",
        "readers",
        "repeating",
        "rundirectory",
        "signals",
        "trust",
        "unixsockets",
    },
    {"passwordfile", "tls"},
    {"sessions"},
    {"agent", "application", "control", "manager", "observe", "server", "stack"},
    {"commands"},
    {"composition"},
    {"ssldcssm", "tap"},
)
"""
The rooms from the ground up; each may use those of the lines below it.
"""

SIDEWAYS = {("planning", "config"), ("config", "tracing")}
"""
Who may use what in the same line: records of the configuration; and the configuration the operands of TRACE.
"""

PURE = LINES[1] | LINES[2] | LINES[3]
"""
The rooms that know no reactor, no socket, no clock and no process.
"""

FORMATS = {("wire", "twisted.protocols.amp"), ("wire", "socket")}
"""
What a room of these imports all the same, since it is the format that it has: AMP, and messages of sockets.
"""

INNER = {
    "commands": ({""}, {"gskkyman", "netstat", "pool", "ssladmin"}),
    "stack": ({"front"}, {"configuration", "programs"}, {""}),
}
"""
The rooms within a room from the ground up, by the same rule; the empty name is what stands in the room itself.
"""

OWNERS = {"sslpool.server.relay"}
"""
Modules whose parts know them for types alone: the relay has the sessions, and its parts call it back.
"""

OPENSSL = {"tls", "sessions", "server"}
"""
Where OpenSSL may be imported: C{tls} makes everything of it, and the hot path
in C{sessions} and C{server} calls connections without anything between.
"""

OPENSSL_KEYS = "keydb/privatekeys.py"
"""
The one module beside these that has private keys read by it: as servers would.
"""

LARGEST = 24 * 1024
LONGEST = 400
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 4
"""
The lines of functions, without header and docstring.
"""


@cache
def parsed(path: Path) -> ast.Module:
    """
    Return the syntax tree of a file.
    """
    return ast.parse(path.read_text("utf-8"), str(path))


def modules(folder: Path = PACKAGE) -> list[Path]:
    """
    Return every module in a folder.
    """
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def roomOf(path: Path) -> str:
    """
    Return the room that a module of the package is in.
    """
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """
    Yield every name that is imported, wherever the statement stands.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loadedAtModuleLevel(tree: ast.Module) -> Iterator[str]:
    """
    Yield every name that is imported when the module is, and not only for annotations.
    """
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Try | ast.With) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test)
        ):
            yield from imports(node)


def loadedForTypes(tree: ast.Module) -> Iterator[str]:
    """
    Yield every name that is imported for annotations alone.
    """
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imports(node)


@cache
def named() -> dict[str, Path]:
    """
    Return every module of the package by its name.
    """
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in modules()
    }


def folderOf(path: Path) -> str:
    """
    Return the folder that a module of the package is in, or the module where it is in none.
    """
    place = path.relative_to(PACKAGE)
    return "/".join(place.parts[:-1]) or place.stem


@cache
def arrows() -> dict[str, set[str]]:
    """
    Return which modules of the package each one imports, but for owners that it knows for types alone.
    """

    def found(names: Iterator[str]) -> set[str]:
        inside = (name for name in names if name.startswith("sslpool."))
        return {name if name in named() else name.rpartition(".")[0] for name in inside}

    every = {name: parsed(path) for name, path in named().items()}
    return {
        name: found(imports(tree)) - (OWNERS & found(loadedForTypes(tree))) - {name} for name, tree in every.items()
    }


def takesWallTime(tree: ast.Module) -> bool:
    """
    Whether a module has C{time.time}, by whichever name.
    """
    return "time.time" in imports(tree) or any(
        isinstance(node, ast.Attribute) and ast.unparse(node) == "time.time" for node in ast.walk(tree)
    )


def bodyLines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """
    Return how many lines the body of a function has behind its docstring.
    """
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def python(*arguments: str) -> str:
    """
    Return what a new Python prints.
    """
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def loadedWith(module: str) -> set[str]:
    """
    Return the modules that are loaded when one is imported.
    """
    return set(python("-c", f"import sys, {module}; print(*sys.modules)").split())


class ImportTests(SynchronousTestCase):
    """
    Imports point downwards.
    """

    def test_rooms(self) -> None:
        """
        Every room has its place in the plan.
        """
        rooms = {roomOf(path) for path in modules()} - {"__init__"}
        self.assertEqual(rooms - set().union(*LINES), set())

    def test_downwards(self) -> None:
        """
        No module imports from a room above its own, or from another one in the same line.
        """
        level = {room: number for number, line in enumerate(LINES) for room in line}
        wrong = []
        for path in modules():
            room = roomOf(path)
            for name in imports(parsed(path)):
                if not name.startswith("sslpool."):
                    continue
                other = name.split(".")[1]
                if other in (room, "__version__") or (room, other) in SIDEWAYS:
                    continue
                if level[other] >= level[room]:
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
        self.assertEqual(wrong, [])

    def test_inner(self) -> None:
        """
        Rooms within a room keep to their own plan.
        """
        level = {
            f"{room}/{inner}".rstrip("/"): number
            for room, lines in INNER.items()
            for number, line in enumerate(lines)
            for inner in line
        }
        folders = {name: folderOf(path) for name, path in named().items()}
        self.assertEqual({folder for folder in folders.values() if "/" in folder} - level.keys(), set())
        wrong = [
            f"{name} imports {other}"
            for name, used in arrows().items()
            for other in used
            if folders[name].split("/")[0] == folders[other].split("/")[0] and folders[name] != folders[other]
            if level[folders[other]] >= level[folders[name]]
        ]
        self.assertEqual(wrong, [])

    def test_circles(self) -> None:
        """
        No module imports itself by way of others, be it late or for types alone; nor does any folder.
        """
        folders = {name: folderOf(path) for name, path in named().items()}
        between: dict[str, set[str]] = {}
        for name, used in arrows().items():
            between.setdefault(folders[name], set()).update({folders[each] for each in used} - {folders[name]})
        for graph in (arrows(), between):
            try:
                TopologicalSorter(graph).prepare()
            except CycleError as error:
                self.fail(" is imported by ".join(error.args[1]))

    def test_classes(self) -> None:
        """
        What an object does is not changed by giving it another class, nor are classes made while we run.
        """
        wrong = [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for path in modules(PACKAGE)
            for node in ast.walk(parsed(path))
            if (isinstance(node, ast.Attribute) and node.attr == "__class__" and isinstance(node.ctx, ast.Store))
            or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "type" and len(node.args) != 1)
        ]
        self.assertEqual(wrong, [])

    def test_purity(self) -> None:
        """
        The rooms at the bottom know no reactor, no socket, no clock and no process.
        """
        unknown = ("twisted", "socket", "select", "subprocess", "asyncio", "threading", "cryptography", "time.time")
        wrong = [
            f"{path.relative_to(ROOT)} imports {name}"
            for path in modules()
            if roomOf(path) in PURE
            for name in imports(parsed(path))
            if any(f"{name}.".startswith(f"{each}.") for each in unknown) and (roomOf(path), name) not in FORMATS
        ]
        self.assertEqual(wrong, [])

    def test_reactor(self) -> None:
        """
        No module imports the reactor when it is itself imported: agent and servers make their own.
        """
        wrong = [
            str(path.relative_to(ROOT))
            for path in modules()
            if "twisted.internet.reactor" in loadedAtModuleLevel(parsed(path))
        ]
        self.assertEqual(wrong, [])

    def test_clock(self) -> None:
        """
        Whoever runs a reactor has it count by the monotonic clock; programs that use
        L{sslpool.application} have reactors of their own.
        """
        reactors = ("twisted.internet.reactor", "twisted.internet.task.react", "EPollReactor", "installReactor")
        wrong = []
        for path in modules():
            names = list(imports(parsed(path)))
            runs = any(name.endswith(reactors) for name in names) and roomOf(path) != "application"
            if runs and "sslpool.clocks.countMonotonic" not in names:
                wrong.append(str(path.relative_to(ROOT)))
        self.assertEqual(wrong, [])

    def test_wallTime(self) -> None:
        """
        Parts that last count by a clock that they are given: in the stack's roles and in a server
        the time of day is taken where it is said to people, or compared with a certificate's.
        """
        people = {
            "manager/sessioncache.py",
            "observe/deliveredconsoles.py",
            "observe/manhole.py",
            "server/sessionrecords.py",
            "sessions/hello.py",
            "server/service.py",
            "ssldcssm.py",
            "stack/front/validity.py",
            "stack/front/listeningports.py",
        }
        rooms = {"agent", "control", "manager", "observe", "server", "sessions", "ssldcssm", "stack", "tap"}
        found = {
            str(path.relative_to(PACKAGE))
            for path in modules()
            if roomOf(path) in rooms and takesWallTime(parsed(path))
        }
        self.assertEqual(found, people)

    def test_openSSL(self) -> None:
        """
        OpenSSL is imported where it may be, and by its public names outside L{sslpool.tls}.
        """
        wrong = []
        for path in modules():
            for name in imports(parsed(path)):
                if name.split(".")[0] != "OpenSSL":
                    continue
                if path == PACKAGE / OPENSSL_KEYS and name == "OpenSSL.crypto":
                    continue
                if roomOf(path) not in OPENSSL or (roomOf(path) != "tls" and name != "OpenSSL.SSL"):
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
        self.assertEqual(wrong, [])


class LoadingTests(SynchronousTestCase):
    """
    What is loaded with what.
    """

    def test_agent(self) -> None:
        """
        The agent loads no reactor: its children could not have another.
        """
        self.assertNotIn("twisted.internet.reactor", loadedWith("sslpool.ssldcssm"))

    def test_commands(self) -> None:
        """
        A command that asks the stack loads nothing of manhole, key database or TLS rooms.
        """
        for command in ("ssladmin.main", "netstat.main"):
            loaded = loadedWith(f"sslpool.commands.{command}")
            heavy = ("twisted.conch", "sslpool.keydb", "sslpool.tls", "sslpool.stack", "sslpool.manager")
            self.assertEqual([name for name in sorted(loaded) if name.startswith(heavy)], [], command)

    def test_plugin(self) -> None:
        """
        C{twistd --help} lists sslpool.
        """
        lines = python("-m", "twisted", "--help").splitlines()
        self.assertTrue([line for line in lines if line.split()[:1] == ["sslpool"]], lines)

    def test_pluginIsLight(self) -> None:
        """
        The plugin file loads nothing of sslpool before it is run.
        """
        loaded = python("-c", "import sys, twisted.plugins.sslpool_tap; print(*sys.modules)").split()
        self.assertEqual([name for name in loaded if name.startswith("sslpool")], [])


class ModuleTests(SynchronousTestCase):
    """
    What a module is like.
    """

    def test_docstrings(self) -> None:
        """
        Every module says what it is for.
        """
        wrong = [
            str(path.relative_to(ROOT))
            for path in (*modules(), *modules(ROOT / "tests"))
            if path.stat().st_size and not ast.get_docstring(parsed(path))
        ]
        self.assertEqual(wrong, [])

    def test_inherited(self) -> None:
        """
        A public method that says nothing of itself is one of an interface or a class that does, or answers
        a command, which does.
        """
        answers = {
            (path, kind.name, method.name)
            for path in modules()
            for kind in ast.walk(parsed(path))
            if isinstance(kind, ast.ClassDef)
            for method in kind.body
            if isinstance(method, ast.FunctionDef)
            and any(ast.unparse(each).endswith(".responder") for each in method.decorator_list)
        }
        wrong = []
        for path in modules():
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for kind in filter(isclass, list(vars(import_module(name)).values())):
                above = {each for base in kind.__mro__[1:] for each in vars(base)}
                above.update(each for interface in implementedBy(kind) for each in interface)
                wrong += [
                    f"{name}.{kind.__name__}.{each}"
                    for each, method in list(vars(kind).items())
                    if isfunction(method) and kind.__module__ == name and not each.startswith("_")
                    if not method.__doc__ and each not in above and (path, kind.__name__, each) not in answers
                ]
        self.assertEqual(wrong, [])

    def test_size(self) -> None:
        """
        Every module can be read in one sitting.
        """
        wrong = []
        for path in modules():
            octets, lines = path.stat().st_size, path.read_bytes().count(b"\n")
            if octets > LARGEST or lines > LONGEST:
                wrong.append(f"{path.relative_to(ROOT)}: {octets} octets, {lines} lines")
        self.assertEqual(wrong, [])

    def test_functions(self) -> None:
        """
        Functions are short, and most of them very short.
        """
        lengths = {
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": bodyLines(node)
            for path in modules()
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self.assertEqual({name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}, {})
        self.assertLessEqual(median(lengths.values()), MEDIAN_FUNCTION)

    def test_testCases(self) -> None:
        """
        A C{test-case-name} names a module that exists.
        """
        wrong = []
        for path in modules():
            first = path.read_text("utf-8").partition("\n")[0]
            if "test-case-name:" not in first:
                continue
            for name in first.partition("test-case-name:")[2].removesuffix("-*-").split(","):
                place = ROOT / Path(*name.strip().split("."))
                if not place.with_suffix(".py").exists() and not place.is_dir():
                    wrong.append(f"{path.relative_to(ROOT)}: {name.strip()}")
        self.assertEqual(wrong, [])


class TestsTests(SynchronousTestCase):
    """
    The tests themselves.
    """

    def test_asynchronous(self) -> None:
        """
        No test of a C{SynchronousTestCase} is a coroutine: it would never run, and pass.
        """
        wrong = []
        for path in modules(ROOT / "tests"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for kind in vars(import_module(name)).values():
                if isclass(kind) and issubclass(kind, SynchronousTestCase) and not issubclass(kind, TestCase):
                    tests = [each for each in dir(kind) if each.startswith("test")]
                    wrong += [f"{name} {each}" for each in tests if iscoroutinefunction(getattr(kind, each))]
        self.assertEqual(wrong, [])

    def test_docstrings(self) -> None:
        """
        Every test says which behaviour it states.
        """
        wrong = [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for path in modules(ROOT / "tests")
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            and not ast.get_docstring(node)
        ]
        self.assertEqual(wrong, [])
