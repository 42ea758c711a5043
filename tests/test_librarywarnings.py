"""
Tests of L{sslpool.librarywarnings}.
"""

from __future__ import annotations

import ast
import os
import sys
import warnings
from configparser import ConfigParser
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.librarywarnings import hideLibraryWarnings
from tests.derwriting import Draft
from tests.doubles.certificates import credentialPem, makeDatabase, newKey
from tests.live.programs import run

ROOT = Path(__file__).resolve().parent.parent
HIDE = "hideLibraryWarnings"


def calls(module: str, function: str) -> set[str]:
    """
    Return the names of the functions that one calls, or is made of where it is a partial one.
    """
    tree = ast.parse((ROOT / Path(*module.split("."))).with_suffix(".py").read_text("utf-8"))
    [body] = (
        each
        for each in tree.body
        if (isinstance(each, ast.FunctionDef) and each.name == function)
        or (isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == function)
    )
    found = (name for each in ast.walk(body) if isinstance(each, ast.Call) for name in (each.func, *each.args))
    return {each.id for each in found if isinstance(each, ast.Name)}


class WarningTests(SynchronousTestCase):
    """
    What is not for operators.
    """

    def test_programs(self) -> None:
        """
        Every program, the agent with its servers and the plugin keep it out.
        """
        parser = ConfigParser()
        parser.read(ROOT / "setup.cfg")
        lines = parser["options.entry_points"]["console_scripts"].split("\n")
        starts = [tuple(line.partition("=")[2].strip().split(":")) for line in lines if line]
        self.assertEqual(len(starts), 6)
        for module, function in (*starts, ("sslpool.ssldcssm", "main"), ("sslpool.tap", "makeService")):
            found = calls(module, function)
            if "enter" in found:
                found = calls(module, "enter")
            self.assertIn(HIDE, found, module)

    def test_wished(self) -> None:
        """
        Whoever has said which warnings he wants has them; what a library thinks is not shown otherwise.
        """
        for wished in ([], ["default"]):
            self.patch(sys, "warnoptions", wished)
            with warnings.catch_warnings(record=True) as found:
                warnings.simplefilter("always")
                hideLibraryWarnings()
                warnings.warn("for programmers", UserWarning, stacklevel=1)
                warnings.warn("a defect", RuntimeWarning, stacklevel=1)
            self.assertEqual(len(found), 2 if wished else 1)

    def test_zeroSerial(self) -> None:
        """
        A command says nothing of what the library has against a certificate.
        """
        key = newKey()
        credential = Credential("A", Certificate.of(Draft(key, serial=b"\0").selfSigned()), (), key)
        path = makeDatabase(os.path.abspath(self.mktemp() + ".kdb"))
        file = self.mktemp()
        Path(file).write_bytes(credentialPem(credential))
        program = (sys.executable, "-c", "from sslpool.commands.entry import gskkyman; raise SystemExit(gskkyman())")
        for words in (("import", "--label=A", file), ("export", "--label=A", "--format=pkcs7-pem"), ("list",)):
            done = run(*program, words[0], f"--database={path}", *words[1:])
            self.assertEqual((done.code, done.error), (0, ""))
