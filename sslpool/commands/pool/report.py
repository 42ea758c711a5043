# -*- test-case-name: tests.commands.pool.test_report -*-
"""
What C{sslpool check} prints: every finding in full sentences, or the same as JSON.  Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any

from attrs import asdict

from sslpool.commands.pool.check import Verdict
from sslpool.messages import Finding, Severity, said

WIDTH = 79
_INDENT = "    "
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "remark"}


def verdictLines(verdict: Verdict) -> list[str]:
    """
    Return the report for people; its last line is the summary.
    """
    return [*_findings(verdict.findings), *_steps(verdict), *_sizing(verdict), *_wrapped(summary(verdict), "")]


def summary(verdict: Verdict) -> str:
    """
    Return what the check came to, in one sentence or two.
    """
    counts = [(kind, sum(each.severity is severity for each in verdict.findings)) for severity, kind in _KINDS.items()]
    found = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts if count)
    stack = f"Stack {verdict.stack}" if verdict.stack else "The stack"
    if verdict.plan and verdict.starts and verdict.steps:
        left = len(verdict.steps)
        outcome = f"{stack} would start after {left} more step{'s' * (left != 1)} of the plan."
    else:
        outcome = f"{stack} {'would start' if verdict.starts else 'would not start'}{_lacking(verdict)}."
    return f"{verdict.path}: {found or 'no findings'}. {outcome}"


def _lacking(verdict: Verdict) -> str:
    """
    Return what errors cost that do not keep the stack from starting.
    """
    *first, last = verdict.without or ("",)
    if not last:
        return ""
    return f" without {', '.join(first)} and {last}" if first else f" without {last}"


def verdictJson(verdict: Verdict) -> str:
    """
    Return the report as one JSON document.
    """
    sizing = verdict.sizing
    document = {
        "path": verdict.path,
        "stack": verdict.stack,
        "starts": verdict.starts,
        "without": list(verdict.without),
        "plan": verdict.plan,
        "findings": [_record(each) for each in verdict.findings],
        "steps": [_record(each) for each in verdict.steps],
        "sizing": None if sizing is None else {**asdict(sizing), "messages": list(map(str, sizing.messages))},
        "summary": summary(verdict),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.said.id,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "text": finding.said.text,
        "explanation": _sentences(finding.said.message.explanation),
        "action": _sentences(finding.said.message.action),
    }


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for file, group in groupby(findings, key=lambda each: each.file):
        yield file
        for finding in group:
            yield from _finding(finding)
        yield ""


def _finding(finding: Finding) -> Iterator[str]:
    yield from _wrapped(str(finding), "  ")
    yield from _wrapped(finding.said.message.explanation, _INDENT)
    if finding.said.message.action != "None.":
        yield from _wrapped(f"Next: {finding.said.message.action}", _INDENT)


def _steps(verdict: Verdict) -> Iterator[str]:
    if not verdict.steps:
        return
    yield from _wrapped(str(left := said("SSLP555I", path=verdict.path)), "")
    yield from _wrapped(left.message.explanation, _INDENT)
    for number, step in enumerate(verdict.steps, 1):
        yield from _wrapped(f"{number}. {step.said.text}", "  ")
        yield from _wrapped(step.said.message.action, _INDENT)
    yield ""


def _sizing(verdict: Verdict) -> Iterator[str]:
    if verdict.sizing is None:
        return
    for each in verdict.sizing.messages:
        yield from _wrapped(str(each), "")
        yield from _wrapped(each.message.explanation, _INDENT)
        if each.id == "SSLP552W":
            yield from _wrapped(f"Next: {each.message.action}", _INDENT)
    yield ""


def _sentences(text: str) -> str:
    return " ".join(text.split())


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(
        _sentences(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if indent == _INDENT else indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
