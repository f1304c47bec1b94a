# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's templates: whatever names and messages hold, it is shown and never understood."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings, strategies
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.vcf.lifecycle.plugins.filter import (
    duration,
    markdown,
    report_runs,
    report_suites,
    report_timeline,
)
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report import report
from tests.unit.report_facts import anything, at, error, run, stage, step, task

TEMPLATES = Path(__file__).parents[2] / "roles/task_report/templates"

# As Ansible's own is set.
ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, undefined=StrictUndefined)
for module in (duration, markdown, report_runs, report_suites, report_timeline):
    for name, function in module.FilterModule().filters().items():
        ENVIRONMENT.filters[f"vcf.lifecycle.{name}"] = function


def rendered(name: str, facts: Any) -> str:
    return ENVIRONMENT.get_template(f"{name}.j2").render(__task_report_made=report(facts))


class Reader(HTMLParser):
    """Reads a page: which elements and attributes it has, what it says, and whether all that is opened is closed."""

    VOID = ("meta", "link", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def everywhere(text: str) -> dict[str, Any]:
    """Return facts with that text wherever a text may stand."""
    told = error(text, code=text, remediation=text, reference=text, cause=text, where=text)
    messages = [{"level": text, "timestamp": at(1), "text": text, "code": text}]
    inner = stage(text, "FAILED", errors=[told], messages=messages, description=f"{text} described", status=text)
    words = dict.fromkeys(("description", "type", "status", "created_by", "correlation_id", "current_stage"), text)
    issue = {"id": text, "severity": text, "message": text, "resolution": text}
    whole = task(
        text,
        "FAILED",
        stage(text, "FAILED", stages=[inner]),
        stage(text, "PENDING", None, None),
        **{**words, "name": text, "service": text, "messages": messages, "root_causes": [told]},
        resources=[{"id": text, "type": text, "name": text}],
        prechecks={"groups": [{"name": text, "prechecks": [{"name": text, "resource_name": text, "issue": issue}]}]},
    )
    over = {**whole, "id": f"{text} over"}
    return {
        **dict.fromkeys(("title", "host", "who", "change", "outcome"), text),
        "window": {"start": text, "end": text, "timezone": text},
        "versions_before": {text: text},
        "versions_after": {text: text},
        "verified": {text: {"expected": text}},
        "gate": {
            "passed": False,
            "findings": [{**issue, "resource": text}],
            "acknowledgements": [dict.fromkeys(("id", "reason", "by", "expires"), text)],
        },
        "results": [
            {"tasks": [whole, over], "retried": [text], "outages": 1, "outage_seconds": 5},
            {**over, "state": "SUCCEEDED", "ended_at": at(50)},
        ],
        "failure": {"failure": {"kind": text, "message": text, "service": text, "code": text}},
        "rehearsal": rehearsed(text),
    }


def rehearsed(text: str) -> dict[str, Any]:
    """Return a rehearsal with that text wherever a text may stand."""
    percentiles = {"p50": 60, "p90": 90}
    known = {"host": text, "name": text, "runs": 2, **percentiles}
    window = {"host": text, "label": text, "seconds": 80, "fits_p50": True, "fits_p90": False, "spare_p90": -10}
    worded = {"faults": [text] * 5, "outcomes": {text: text, "other": "succeeded"}, "output": text}
    wrong = [{"rule": text, "host": text, "text": text}]
    steps = [step(0, 50, text, name=text, state=text), step(10, None, "other", name=text)]
    return {
        "forecast": {
            "runs": 2,
            "steps": [{**known, "parts": [{"name": text, **percentiles}]}],
            "around": percentiles,
            "total": percentiles,
            "windows": [window],
        },
        "runs": [run(1, *steps, chaos=True, status=2, wrong=wrong, **worded), run(2, *steps, **worded)],
        "weak_points": [{"text": text, "runs": 1, "of": 2, "seeds": [11]}],
        "problems": [text],
    }


REHEARSAL = ("forecast", "runs", "weak_points", "problems")
HARMLESS = rendered("report.html", everywhere("harmless"))


@pytest.mark.parametrize("template", ["report.html", "rehearsal.html", "junit.xml"])
def test_every_expression_is_escaped(template: str) -> None:
    source = (TEMPLATES / f"{template}.j2").read_text(encoding="utf-8")
    page = (TEMPLATES / "report.html.j2").read_text(encoding="utf-8")
    macros = "|".join(re.findall(r"{% macro (\w+)\(", source + page))
    numbers = r"(of\.\w+|loop\.index0|case\.seconds|case\.result)"
    literals = r"'[^']*' if .* else '[^']*'"
    for expression in re.findall(r"{{ (.*?) }}", source):
        assert re.fullmatch(rf".*\| e|({macros})\(.*\)|{numbers}|{literals}", expression), expression


NASTY = [
    "<script>alert(1)</script>",
    "\"' onload=alert(1) x='",
    "]]></failure><!-- & -->",
    "</title></style></svg><img src=http://example.com/x>",
    "a | b\n\n# c\n- [x](javascript:alert(1)) `d`",
    "{{ 1 + 1 }}{% raw %}",
    "\x00\x1b[31m\u202e\ufffe\ud83d",
]


@pytest.mark.parametrize("text", NASTY)
def test_a_page_has_the_same_elements_whatever_texts_hold(text: str) -> None:
    found, expected = Reader(rendered("report.html", everywhere(text))), Reader(HARMLESS)
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in expected.elements]
    assert [sorted(attributes) for _, attributes in found.elements] == [
        sorted(attributes) for _, attributes in expected.elements
    ]


@given(strategies.text(min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_any_text_is_shown_to_the_letter(text: str) -> None:
    shown = report({"title": text})["title"]
    facts = everywhere(text)
    (heading,) = re.findall(r"<h1>(.*)</h1>", rendered("report.html", facts), re.DOTALL)
    assert html.unescape(heading) == shown
    root = ElementTree.fromstring(rendered("junit.xml", facts).encode())
    # XML knows no other blanks in an attribute.
    assert root.get("name") == re.sub(r"[\n\t]", " ", shown)
    assert len(root.findall("testsuite")) == 5


@given(anything)
@settings(max_examples=100, deadline=None)
def test_nothing_stops_the_templates(value: Any) -> None:
    others = {"window": value, "gate": value, "failure": value, "verified": value}
    for facts in ({"results": value}, others, {"rehearsal": value}, {"rehearsal": dict.fromkeys(REHEARSAL, value)}):
        Reader(rendered("report.html", facts))
        ElementTree.fromstring(rendered("junit.xml", facts).encode())
        rendered("report.md", facts)


@pytest.mark.parametrize("text", NASTY)
def test_rows_of_markdown_have_as_many_cells_as_their_table(text: str) -> None:
    page = rendered("report.md", everywhere(text))
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) == 9
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        line for line in page.splitlines() if re.match(r"#{1,2} \S", line)
    ]


def test_markdown_nests_stages_as_a_list() -> None:
    page = rendered(
        "report.md", {"results": [task("t1", "FAILED", stage("a", stages=[stage("b"), stage("c")]), stage("d"))]}
    )
    assert page.rstrip().splitlines()[-5:] == [
        "- FAILED **upgrade-t1** (30m)",
        "  - SUCCEEDED **a** (10m)",
        "    - SUCCEEDED **b** (10m)",
        "    - SUCCEEDED **c** (10m)",
        "  - SUCCEEDED **d** (10m)",
    ]


def test_a_report_on_a_rehearsal_says_nothing_of_tasks() -> None:
    facts = {"host": "fleet", "rehearsal": {"forecast": {}, "runs": [run(1, step(0, 90))]}}
    for name in ("report.html", "report.md"):
        page = rendered(name, facts)
        assert "Tasks" not in page
        assert "No rehearsal has ended well, so that there is no forecast." in page
        assert "None was found. No run had a fault." in page


def test_what_ended_wrong_comes_first_and_says_how_to_replay_it() -> None:
    wrong = [{"rule": "applied_twice", "host": "fleet", "text": "Software depot was upgraded twice."}]
    weak = {"text": "The playbook fails while a login is refused.", "runs": 3, "of": 5, "seeds": [11, 12, 13]}
    runs = [
        run(1, step(0, 90), chaos=True, wrong=wrong),
        run(2, step(0, 90), chaos=True, status=2, faults=["A fault."]),
    ]
    facts = {"rehearsal": {"forecast": {}, "runs": runs, "weak_points": [weak]}}
    for name in ("report.html", "report.md"):
        said = rendered(name, facts)
        assert said.index("applied twice") < said.index("while a login is refused")
        assert "-e chaos=1 -e seed=11" in said
    cases = ElementTree.fromstring(rendered("junit.xml", facts).encode()).findall("testsuite/testcase")
    assert [(case.get("name"), case.find("failure") is None) for case in cases] == [
        ("run 1, seed 11", False),
        ("run 2, seed 12", True),
    ]
    assert "-e chaos=1 -e seed=11" in (cases[0].findtext("system-out") or "")


def test_a_page_bears_hundreds_of_runs() -> None:
    steps = [step(60 * number, 60 * number + 50, name=f"Upgrade of component {number}") for number in range(60)]
    runs = [run(number, *steps, seconds=3600 + number, output="line\n" * 500, status=2) for number in range(1, 201)]
    page = rendered("report.html", {"rehearsal": {"forecast": {}, "runs": runs}})
    assert len(page.encode()) < 1_000_000
    found = Reader(page)
    assert len([tag for tag, _ in found.elements if tag == "svg"]) == 24
    assert "176 are not drawn" in found.said
