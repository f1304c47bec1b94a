# SPDX-License-Identifier: GPL-3.0-or-later
"""The role task_report, on what real waits and retries against the simulator return."""

from __future__ import annotations

import http.server
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import trustme

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration import browser, debian
from tests.integration.conftest import SCENARIOS, Play, Simulate
from tests.integration.runs import ROOT, Ansible, Run, call, connection
from tests.unit.report_facts import run, step

FILES = {"report.json", "report.md", "report.html", "junit.xml"}
SECRETS = ("Hidden", "Correct-Horse")
FLEET = [f"019aa000-0000-7000-8000-00000000000{number}" for number in range(1, 5)]
SDDC = "7a4be3d4-11f6-4b51-bb0c-000000000001"


@pytest.fixture
def folder(ansible: Ansible) -> Path:
    return ansible.folder / "evidence"


def role(folder: Path, **variables: Any) -> dict[str, Any]:
    given = {"directory": str(folder), **variables}
    return {
        "name": "report",
        "ansible.builtin.include_role": {"name": "vcf.lifecycle.task_report"},
        "vars": {f"task_report_{name}": value for name, value in given.items()},
    }


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found


def changed(ran: Run) -> bool:
    return any(record["result"].get("changed") for record in ran.records if "task_report" in record["task"])


@dataclass
class Night:
    """A run with a retry, a failure and a cancel, and the report on it."""

    ran: Run
    folder: Path

    @property
    def results(self) -> list[Any]:
        """What the report was made from."""
        return [self.ran[name] for name in ("waited", "retried", "stuck")]


def rehearsal() -> dict[str, Any]:
    """What the module rehearse returned: more runs than are drawn, on two endpoints, one of which ended wrong."""
    steps = [step(900.0 * number, 900.0 * number + 850, host) for host in ("vienna", "graz") for number in range(12)]
    steps.append(step(300, 3000, "vienna", state="FAILED", name="Apply upgrade plan: VCF Operations"))
    runs = [run(number, *steps, seconds=11000 + 100 * number) for number in range(1, 40)]
    wrong = [{"rule": "claimed", "host": "graz", "text": "Success was claimed, but Hidden-known-1 is still 9.0.2."}]
    odd = {
        "chaos": True,
        "status": 2,
        "faults": ["fleet_lcm is away for 10m."],
        "outcomes": {"vienna": "failed", "graz": "succeeded"},
        "wrong": wrong,
        "output": "fatal: [vienna]: FAILED!",
    }
    runs.append(run(40, *steps, step(2000, None, "graz"), **odd))
    times = {"p50": 11000, "p90": 14000}
    parts = [{"name": "Software depot", **times}]
    return {
        "forecast": {
            "runs": 39,
            "steps": [{"host": "vienna", "name": "Upgrade", "runs": 39, **times, "parts": parts}],
            "around": {"p50": 8, "p90": 9},
            "total": times,
            "windows": [
                {
                    "host": "vienna",
                    "label": "2026-11-21 22:00 to 2026-11-22 01:40 (Europe/Vienna)",
                    "seconds": 13200,
                    "fits_p50": True,
                    "fits_p90": False,
                    "spare_p90": -800,
                }
            ],
        },
        "runs": runs,
        "weak_points": [{"text": "It fails while fleet_lcm is away.", "runs": 1, "of": 3, "seeds": [50]}],
        "problems": ["Run 40: success was claimed."],
    }


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """One night for all tests, which only look at it."""
    ansible = Ansible(tmp_path_factory.mktemp("night"))
    folder = ansible.folder / "evidence"
    quick = {"poll_interval": 0.1, "timeout": 30}
    evidence = role(
        folder,
        title="Upgrade of fleet sfo",
        who="Ada Lovelace, password=Hidden-who-1",
        change="CHG0031337",
        window={"start": "2026-11-21T22:00:00", "end": "2026-11-22T04:00:00", "timezone": "Europe/Vienna"},
        versions_before={"OPS_LOGS": "9.1.0"},
        verified={"OPS_LOGS": {"expected": "9.1.1", "actual": "9.1.1"}},
        gate={
            "passed": True,
            "findings": [{"id": "W1", "severity": "WARNING", "message": "of Hidden-known-1", "acknowledged": True}],
            "acknowledgements": [{"id": "W.*", "reason": "known", "by": "Grace", "expires": "2026-12-01"}],
        },
        results=["{{ waited }}", "{{ retried }}", "{{ stuck }}", {"adminPassword": "Hidden-field-1"}],
        failure="{{ stuck }}",
        rehearsal=rehearsal(),
        secrets=["Hidden-known-1"],
    )
    with Simulator.from_file(SCENARIOS / "task_report.yml") as sim:
        fleet, sddc = ({**connection(sim, service), **quick} for service in ("fleet_lcm", "sddc_manager"))
        tasks = [
            call("waited", "task_wait", {**fleet, "task_ids": FLEET}, register="waited"),
            call("retried", "task_retry", {**fleet, "task_id": FLEET[1]}, register="retried"),
            call("stuck", "task_wait", {**sddc, "task_id": SDDC}, register="stuck"),
            evidence,
        ]
        ran = ansible.play(tasks, "-vvvv", "--diff")
    assert ran.code == 0, ran.output
    return Night(ran, folder)


def test_everything_is_in_the_report(night: Night) -> None:
    assert {path.name for path in night.folder.iterdir()} == FILES
    assert {path.stat().st_mode & 0o777 for path in night.folder.iterdir()} == {0o640}
    report = read(night.folder)
    assert report["outcome"] == "failed"
    assert report["counts"] == {"tasks": 5, "stages": 14, "by_state": {"CANCELED": 1, "FAILED": 1, "SUCCEEDED": 3}}
    assert [cause["reference"] for cause in report["root_causes"]] == ["8D6KQ1"]
    assert [cause["reference"] for cause in report["overcome"]] == ["LOGS-7F3A21"]
    assert [(done["action"], done["task"]) for done in report["actions"]] == [("retried", "upgrade-ops-logs")]
    assert report["window"]["start"] == "2026-11-21T21:00:00Z"
    assert report["window"]["start_local"] == "2026-11-21T22:00:00+01:00"
    assert report["gate"]["acknowledgements"][0]["by"] == "Grace"
    assert any(task["label"].endswith("{{ 1 + 1 }}") for task in report["tasks"])
    page = (night.folder / "report.md").read_text(encoding="utf-8")
    assert "8D6KQ1" in page
    assert "LOGS-7F3A21" in page
    assert report["rehearsal"]["counts"] == {"runs": 40, "chaos": 1, "wrong": 1, "failed": 0, "well": 39}
    assert report["rehearsal"]["wrong_ends"][0]["replay"] == "-e chaos=1 -e seed=50"
    assert "-e chaos=1 -e seed=50" in page


def test_no_secret_is_written_or_shown(night: Night) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in night.folder.iterdir()}
    for name, text in texts.items():
        assert [secret for secret in SECRETS if secret in text] == [], name
    assert "********" in texts["report.html"]
    assert [secret for secret in SECRETS if secret in night.ran.output] == []


def test_junit_says_of_each_stage_how_it_went(night: Night) -> None:
    root = ElementTree.parse(night.folder / "junit.xml").getroot()
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "56",
        "failures": "3",
        "errors": "0",
        "skipped": "2",
    }
    assert len(root.findall("testsuite")) == 7
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failure = cases["Upgrade esx01.sfo.example.com / Enter maintenance mode"].find("failure")
    assert failure is not None
    assert failure.get("type") == "ESX_UPGRADE_VUM_TASK_FAILED"
    assert "reference: 8D6KQ1" in (failure.text or "")
    assert float(cases["upgrade-binaries"].get("time", "")) > 0
    assert cases["Upgrade esx02.sfo.example.com"].find("skipped") is not None


class Page(HTMLParser):
    """Looks for what leads out of the page, for bars, and for where stages stand in the tree."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.classes: list[list[str]] = []
        self.tags: set[str] = set()
        self.details: list[bool] = []
        self.open_labels: list[str] = []
        self.hidden_labels: list[str] = []
        self._is_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.classes.append((given.get("class") or "").split())
        self.outside += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action", "style")
        ]
        if tag == "details":
            self.details.append("open" in given)
        self._is_label = given.get("class") == "label"

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self.details.pop()

    def handle_data(self, data: str) -> None:
        if self._is_label:
            # A summary is seen when all above its own details are open.
            (self.open_labels if all(self.details) else self.hidden_labels).append(data)
            self._is_label = False


def test_the_page_stands_alone_and_opens_to_what_failed(night: Night) -> None:
    text = (night.folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.outside == ["data:,"]
    assert not page.tags & {"script", "iframe", "object", "embed", "base", "img", "form"}
    assert not re.search(r"@import|url\(", text)
    assert {"main", "header", "footer", "svg", "title", "desc", "th"} <= page.tags
    assert sum({"bar", "leaf"} <= set(classes) for classes in page.classes) == read(night.folder)["counts"]["stages"]
    assert "Enter maintenance mode" in page.open_labels
    assert "download-binaries" not in page.open_labels
    assert "Check vSAN" not in page.open_labels


def test_the_same_input_writes_the_same_files(play: Play, night: Night, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"results_of_the_night": night.results}))
    other = tmp_path / "again"
    again = [role(other, results="{{ results_of_the_night }}")]
    options = ("--extra-vars", f"@{results}")
    assert changed(play(again, "--check", *options))
    assert not other.exists()
    assert changed(play(again, *options))
    before = {path.name: path.read_bytes() for path in other.iterdir()}
    assert not changed(play(again, *options))
    assert not changed(play(again, "--check", *options))
    assert before == {path.name: path.read_bytes() for path in other.iterdir()}
    different = [role(other, results="{{ results_of_the_night }}", who="somebody else")]
    assert changed(play(different, "--check", *options))
    assert before == {path.name: path.read_bytes() for path in other.iterdir()}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        dict.fromkeys(
            ("title", "who", "change", "outcome", "window", "gate", "verified", "results", "failure", "secrets")
        ),
        {"results": [None, "", {}, {"tasks": None}], "gate": {"findings": None}, "window": {"start": None}},
        {"failure": {"failed": True, "msg": "The disk is full."}},
    ],
    ids=["nothing", "nulls", "nulls inside", "a failure"],
)
def test_whatever_is_missing_there_is_a_report(play: Play, folder: Path, variables: dict[str, Any]) -> None:
    play([role(folder, **variables)])
    assert {path.name for path in folder.iterdir()} == FILES
    assert read(folder)["outcome"] == ("failed" if variables.get("failure") else "unknown")
    ElementTree.parse(folder / "junit.xml")


def test_a_run_that_fails_leaves_its_evidence(play: Play, simulate: Simulate, folder: Path) -> None:
    sim = simulate("task_report")
    wait = {"name": "wait", "vcf.lifecycle.task_wait": {**connection(sim, "sddc_manager"), "task_id": SDDC}}
    evidence = role(folder, results=["{{ it | default({}) }}"], files=["report.json"])
    play([{"block": [{**wait, "register": "it"}], "always": [evidence]}], code=2)
    assert {path.name for path in folder.iterdir()} == {"report.json"}
    assert [cause["reference"] for cause in read(folder)["root_causes"]] == ["8D6KQ1"]


class Hook:
    """An HTTPS server that takes what is posted to it, and answers with a status."""

    def __init__(self, folder: Path, status: int) -> None:
        self.posts: list[tuple[dict[str, str], Any]] = []
        self.ca_path = folder / "hook-ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_path)
        posts = self.posts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append((dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}/Hidden-path-1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Callable[[int], Hook]]:
    with ExitStack() as running:

        def serve(status: int) -> Hook:
            served = Hook(tmp_path, status)
            running.callback(served.server.server_close)
            running.callback(served.server.shutdown)
            return served

        yield serve


def posting(folder: Path, hook: Hook, **variables: Any) -> dict[str, Any]:
    webhook = {"url": hook.url, "headers": {"Authorization": "Bearer Hidden-header-1"}, "ca_path": str(hook.ca_path)}
    given = {f"webhook_{name}": value for name, value in {**webhook, **variables}.items()}
    return role(folder, files=["report.json"], **given)


def test_the_summary_is_posted(play: Play, hook: Callable[[int], Hook], folder: Path) -> None:
    served = hook(204)
    rehearsed = posting(folder / "rehearsed", served)
    rehearsed["vars"]["task_report_rehearsal"] = rehearsal()
    ran = play([posting(folder, served), rehearsed], "-vvvv")
    ((headers, body),) = served.posts
    assert headers["Authorization"] == "Bearer Hidden-header-1"
    assert body == {key: value for key, value in read(folder).items() if key != "tasks"}
    assert "Hidden" not in ran.output
    play([posting(folder, served)], "--check")
    assert len(served.posts) == 1


@pytest.mark.parametrize("required", [False, True])
def test_a_summary_that_nobody_takes(play: Play, hook: Callable[[int], Hook], folder: Path, required: bool) -> None:
    served = hook(500)
    ran = play([posting(folder, served, required=required)], "-vvvv", code=2 if required else 0)
    assert "The webhook did not take the report" in ran.output
    assert "500" in ran.output
    assert "Hidden" not in ran.output
    assert {path.name for path in folder.iterdir()} == {"report.json"}


def test_a_webhook_without_a_certificate_that_counts_gets_nothing(
    play: Play, hook: Callable[[int], Hook], folder: Path
) -> None:
    served = hook(204)
    ran = play([posting(folder, served, ca_path="")])
    assert "WARNING: The webhook did not take the report" in ran.output
    assert served.posts == []


SCREENSHOTS = ROOT / ".build" / "screenshots"


@pytest.fixture
def chromium() -> str:
    """Debian's Chromium, which is installed where it is missing."""
    return debian.find("chromium", "chromium")


@pytest.mark.timeout(browser.TOO_LONG + 2 * debian.TOO_LONG)
def test_a_browser_shows_it(night: Night, chromium: str, tmp_path: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with browser.chromium(chromium, tmp_path / "profile") as page:
        address = night.folder / "report.html"
        page.open(address)
        for width, scheme in ((1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")):
            page.show(width, scheme)
            page.photograph(SCREENSHOTS / f"task_report-{width}-{scheme}.png")
            assert page.ask("document.documentElement.scrollWidth") <= width
            assert page.ask("document.querySelector('svg.plot').getBoundingClientRect().width") > width / 3
            assert page.ask(VISIBLE_BARS) == read(night.folder)["counts"]["stages"]
            assert page.ask(FAILED_IS_SEEN)
            assert page.ask(PICTURES) == [24, True, True]
            assert page.ask(LEAST_CONTRAST) >= 4.5
        page.show(794, "dark", media="print")
        page.photograph(SCREENSHOTS / "task_report-print.png")
        assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.ask(ALL_IS_SEEN)
        assert page.requests == [address.as_uri()]
        assert page.complaints == []


VISIBLE_BARS = """
[...document.querySelectorAll('rect.bar.leaf')].filter(bar => {
  const box = bar.getBoundingClientRect(), plot = document.querySelector('svg.plot').getBoundingClientRect();
  return box.width >= 1 && box.height >= 4 && box.left >= plot.left - 1 && box.right <= plot.right + 1;
}).length
"""
# How many there are, whether all are of a size, and whether no picture's text leaves it or lies on a bar.
PICTURES = """
(() => {
  const all = [...document.querySelectorAll('.runs svg')], sizes = all.map(one => one.getBoundingClientRect());
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const good = all.every((one, place) => [...one.querySelectorAll('text')].every(text => {
    const box = text.getBoundingClientRect(), size = sizes[place];
    return box.left >= size.left - 1 && box.right <= size.right + 1 && box.bottom <= size.bottom + 1
      && [...one.querySelectorAll('rect.bar')].every(bar => apart(box, bar.getBoundingClientRect()));
  }));
  return [all.length, new Set(sizes.map(one => `${Math.round(one.width)} ${one.height}`)).size == 1, good];
})()
"""
FAILED_IS_SEEN = """
[...document.querySelectorAll('.label')].find(label => label.textContent == 'Enter maintenance mode').checkVisibility()
"""
ALL_IS_SEEN = """
[...document.querySelectorAll('.label')].every(label => label.checkVisibility({contentVisibilityAuto: true}))
"""
# Of every text against the first background above it, as WCAG computes it.
LEAST_CONTRAST = """
(() => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = color => channels(color).slice(0, 3).map(value => value / 255)
    .map(value => value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [.2126, .7152, .0722][index], 0);
  const background = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
  };
  const contrasts = [...document.querySelectorAll('h1, h2, p, dt, dd, th, td, li span, caption, figcaption')]
    .map(element => [luminance(getComputedStyle(element).color), luminance(background(element))].sort())
    .map(([low, high]) => (Math.max(low, high) + .05) / (Math.min(low, high) + .05));
  return Math.min(...contrasts);
})()
"""
