# -*- test-case-name: tests.planning.test_planinfo -*-
"""
The file SSLPOOL PLANINFO: the sections of a plan in one text, and out of it again.  Pure; used by C{sslpool}.

A line C{=== NAME ===} begins the section of the file NAME, which goes on to the next such line.
What stands before the first one is for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from sslpool.messages import Finding
from sslpool.planning.sections import KEY_FILE
from sslpool.planning.subject import Subject

PLAN_FILE = "SSLPOOL.PLANINFO"
"""
The name of the file.
"""

_HEAD = re.compile(r"={3,} ([A-Z0-9@#$_+:-]{1,64}\.(?:TCPIP|DTCPARMS|DATA|DIRECT)) ={3,}")
_WIDTH = 79

_INTRODUCTION = """\
SSLPOOL PLANINFO - planning information for {servers} of stack {stack}
Created by: {command}

Each section is the text of a configuration file. Copy it to the file of that
name in the configuration directory, or add it to the existing file; --output
writes all sections to a new configuration directory. Then, there:

{steps}
"""


@frozen
class Plan:
    """
    The text of a plan, taken apart.

    @ivar files: the text of each section by the name of its file.
    @ivar heads: the line of the plan at which each section begins.
    """

    files: Mapping[str, str]
    heads: Mapping[str, int]

    def placed(self, findings: Iterable[Finding], name: str) -> list[Finding]:
        """
        Return findings about sections as findings about the plan itself.

        @param name: the plan's own name.
        """
        return [
            evolve(each, file=name, line=self.heads[each.file] + each.line) if each.file in self.heads else each
            for each in findings
        ]


def planText(subject: Subject, files: Mapping[str, str]) -> str:
    """
    Return the text of the file.
    """
    numbered = enumerate(firstSteps(subject), 1)
    introduction = _INTRODUCTION.format(
        servers=f"pool {subject.nick}" if subject.pooled else f"server {subject.prefix}",
        stack=subject.userid,
        command=subject.command("plan"),
        steps="\n".join(f"{number}. {step}" for number, step in numbered),
    )
    parts = [introduction, *(f"{_head(name)}\n{text}" for name, text in files.items())]
    return "\n".join(parts)


def firstSteps(subject: Subject) -> list[str]:
    """
    Return what is left to do when the files are there, in order.
    """
    folder = KEY_FILE.rpartition("/")[0]
    users = 1 + (subject.count if subject.pooled else 1)
    enroll = [f"Create the servers' work spaces:\n       {subject.command('enroll')}"] if subject.pooled else []
    return [
        *enroll,
        "Create the key database, and a certificate in it:\n"
        f"       mkdir -m 750 {folder}\n"
        f"       gskkyman create --stash --database {KEY_FILE}\n"
        f"       gskkyman self-signed --database {KEY_FILE} --label WEBCERT \\\n"
        "           --name www.example.com",
        "Add your secure ports to the profile, and their applications to\n   SYSTEM DTCPARMS.",
        "Check the configuration:\n       sslpool check",
        "Start the stack:\n       twistd -n sslpool --config .",
        "Make sure that all use the session cache: when every server runs, its\n"
        f"   segment has {users} users, the servers and the agent:\n       ssladmin start\n       ssladmin query cache",
    ]


def parsePlan(text: str) -> Plan:
    """
    Take the text of a plan apart; where a section is there twice, the first counts.
    """
    lines = text.split("\n")
    found = [(index, head[1]) for index, line in enumerate(lines) if (head := _HEAD.fullmatch(line.rstrip()))]
    ends = [*(index for index, _ in found[1:]), len(lines)][: len(found)]
    files: dict[str, str] = {}
    heads: dict[str, int] = {}
    for (index, name), end in zip(found, ends, strict=True):
        if name not in files:
            files[name] = "\n".join(lines[index + 1 : end])
            heads[name] = index + 1
    return Plan(files, heads)


def untouched(plan: Plan, files: Mapping[str, str]) -> bool:
    """
    Return whether configuration files are still what the plan says: nobody has changed or added one.
    """
    return _stripped(plan.files) == _stripped(files)


def _stripped(files: Mapping[str, str]) -> dict[str, str]:
    return {name: text.strip() for name, text in files.items()}


def _head(name: str) -> str:
    return f"=== {name} ".ljust(_WIDTH, "=")
