# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal makes of a scenario, of its runs, and of the environment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.rehearsal import course, lengths, stage
from ansible_collections.vcf.lifecycle.extensions.rehearsal.course import Course, Step, busy
from ansible_collections.vcf.lifecycle.extensions.rehearsal.forecast import forecast, quantile
from ansible_collections.vcf.lifecycle.extensions.rehearsal.order import Window
from ansible_collections.vcf.lifecycle.extensions.rehearsal.playbook import NOWHERE, environment
from ansible_collections.vcf.lifecycle.extensions.rehearsal.program import problems
from ansible_collections.vcf.lifecycle.extensions.simulator.clock import Clock
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import Scenario, ScenarioError, Task, parse
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.rehearsal import Refused, in_words, rehearse, window_of

SAMPLES = {"VCF_FLEET_LCM": [100, 200], "OPS": [50, 70], "NSX": [900]}


def step(name: str, began: float, ended: float | None, host: str = "fleet") -> Step:
    return Step(host, name, "RUNNING" if ended is None else "SUCCEEDED", began, ended)


def scenario(**upgrade: Any) -> Scenario:
    service = "sddc_manager" if "domains" in upgrade else "fleet_lcm"
    durations = {"upgrades": SAMPLES, "prechecks": {"OPS": [7]}}
    return parse({"services": {service: {"durations": durations, "upgrade": upgrade}}})


def upgrade(drawn: Scenario) -> dict[str, Any]:
    (spec,) = drawn.services.values()
    assert spec.upgrade is not None
    return spec.upgrade


def test_lengths_come_from_the_history() -> None:
    given = scenario(
        system={"seconds": 30, "restart": 10},
        components=[{"type": "OPS", "stages": {"a": 1, "b": 3}}, {"type": "VSP", "seconds": 9}, {"type": "OPS"}],
    )
    seen = set()
    for seed in range(20):
        found = upgrade(lengths.drawn(given, Random(seed)))
        assert found == upgrade(lengths.drawn(given, Random(seed)))
        assert found["system"]["seconds"] == 3 * found["system"]["restart"]
        ops, vsp, bare = found["components"]
        assert vsp == {"type": "VSP", "seconds": 9}
        assert ops["stages"]["b"] == 3 * ops["stages"]["a"]
        assert (ops["precheck_seconds"], bare["seconds"] in SAMPLES["OPS"]) == (7, True)
        seen.add((sum(found["system"].values()), sum(ops["stages"].values())))
    assert seen == {(system, ops) for system in SAMPLES["VCF_FLEET_LCM"] for ops in SAMPLES["OPS"]}
    assert upgrade(given)["system"] == {"seconds": 30, "restart": 10}


def test_lengths_of_domains() -> None:
    stages = [{"name": "a", "seconds": 100}, {"name": "b", "stages": [{"name": "c", "seconds": 200}]}]
    parts: dict[str, Any] = {"NSX": {"stages": stages}, "VCENTER": {"seconds": 5}, "ESX": None}
    drawn = upgrade(lengths.drawn(scenario(domains=[{"name": "m", "components": parts}]), Random(0)))
    first, second = drawn["domains"][0]["components"].pop("NSX")["stages"]
    assert (first["seconds"], second["stages"][0]["seconds"]) == (300, 600)
    assert drawn["domains"] == [{"name": "m", "components": {"VCENTER": {"seconds": 5}, "ESX": None}}]


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 2.5), (0.9, 3.7), (1, 4)])
def test_quantiles(share: float, value: float) -> None:
    assert quantile([4, 1, 3, 2], share) == pytest.approx(value)
    assert quantile([7], share) == 7


def test_time_in_which_steps_go_on_counts_once() -> None:
    done = [step("a", 0, 10), step("b", 5, 20), step("c", 6, 8), step("d", 30, 31), step("e", 31, None)]
    assert busy(done) == 21
    assert busy([]) == 0


def test_steps_are_what_has_ended_or_begun_since() -> None:
    part = {"name": "a", "seconds": 30, "resource": {"id": "1", "type": "OPS", "name": "Operations"}}
    tasks: list[dict[str, Any]] = [
        {"name": "past", "start": -50, "seconds": 10},
        {"name": "going on", "start": -10, "seconds": 20},
        {"name": "endless", "start": -10, "seconds": 20, "zombie": True},
    ]
    sim = Simulator.from_dict({"services": {"fleet_lcm": {"tasks": tasks}}}, clock=Clock(0))
    try:
        before = course.marks({"fleet": sim})
        assert course.steps({"fleet": sim}, before, 0) == ()
        both = Task.model_validate({"name": "apply", "subtasks": [part, {**part, "name": "b"}]})
        sim.services[0].tasks.create(both)
        sim.services[0].tasks.create(Task.model_validate({"name": "one", "subtasks": [part]}))
        sim.clock.advance(40)
        found = course.steps({"fleet": sim}, before, 40)
    finally:
        sim.stop()
    assert [(one.name, one.began, one.ended, one.parts) for one in found] == [
        ("going on", -10, 10, ()),
        ("apply: 2 components", 0, None, (("Operations", 30),)),
        ("one: Operations", 0, 30, ()),
    ]


def test_the_forecast() -> None:
    runs = [
        Course(1, 1, 0, (replace(step("a", 0, 100), parts=(("OPS", 70), ("VSP", 30))), step("a", 100, 110)), 120),
        Course(2, 2, 0, (step("a", 0, 200),), 220),
    ]
    windows = {
        "fleet": Window(opens=0, minutes=3, label="tonight"),
        "other": Window(opens=0, minutes=4),
        "short": Window(opens=0, minutes=1),
    }
    found = forecast(runs, windows)
    parts = [{"name": "OPS", "p50": 70, "p90": 70}, {"name": "VSP", "p50": 30, "p90": 30}]
    assert found["steps"] == [
        {"host": "fleet", "name": "a", "runs": 2, "p50": 150, "p90": 190, "parts": parts},
        {"host": "fleet", "name": "a", "runs": 1, "p50": 10, "p90": 10, "parts": []},
    ]
    assert (found["around"], found["total"]) == ({"p50": 15, "p90": 19}, {"p50": 170, "p90": 210})
    assert [(one["fits_p50"], one["fits_p90"], one["spare_p90"]) for one in found["windows"]] == [
        (True, False, -30),
        (True, True, 30),
        (False, False, -150),
    ]
    assert found["runs"] == 2
    lines = in_words({"forecast": found, "runs": [], "weak_points": []})
    assert lines[0].split() == ["p50", "p90", "of", "2", "rehearsals"]
    assert lines[1].split() == ["fleet:", "a", "2m", "30s", "3m", "10s"]
    assert lines[2].split() == ["OPS", "1m", "10s", "1m", "10s"]
    assert lines[3].split() == ["fleet:", "a", "10s", "10s"]
    assert lines[-3:] == [
        "It may not fit the change window of fleet, tonight (3m): at p90, 30s is missing.",
        "It fits the change window of other,  (4m): at p90, 30s is left.",
        "It does not fit the change window of short,  (1m): at p90, 2m 30s is missing.",
    ]


def test_without_a_good_run_there_is_no_forecast() -> None:
    assert forecast([], {"fleet": Window(opens=0, minutes=3)}) == {}
    result: dict[str, Any] = {"forecast": {}, "runs": [], "weak_points": []}
    assert in_words(result) == ["No rehearsal has ended well, so that there is no forecast."]


def test_what_chance_has_found_is_told() -> None:
    wrong = {"rule": "claimed", "host": "fleet", "text": "It has not."}
    runs = [
        {"chaos": True, "outcomes": {"fleet": "succeeded"}, "wrong": [wrong]},
        {"chaos": True, "outcomes": {"fleet": "failed", "sddc": "paused"}, "wrong": []},
        {"chaos": True, "outcomes": {}, "wrong": []},
        {"chaos": True, "outcomes": {"fleet": "succeeded"}, "wrong": []},
    ]
    assert in_words({"forecast": {}, "runs": runs, "weak_points": [{"text": "It fails."}]}) == [
        "Of 4 runs with random faults 2 ended succeeded, 1 ended failed and paused, 1 ended without a word. "
        "1 of them ended wrong.",
        "Weak point: It fails.",
    ]
    course = Course(2, 7, 0, (), 1, chaos=True, wrong=(wrong,))
    assert problems(course) == ["Chaos with seed 7: fleet: It has not. To see it again, add -e chaos=1 -e seed=7."]
    # That it failed, or left something behind and said so, is what chance was to try.
    assert problems(Course(1, 1, 2, (step("a", 0, None),), 1, chaos=True)) == []


def test_a_window_is_as_long_as_it_is_open() -> None:
    stand = {"opens_at": "2026-11-21T21:00:00Z", "closes_at": "2026-11-22T03:00:00Z", "label": "the night"}
    assert window_of(stand) == {"opens": 1795294800, "minutes": 360, "label": "the night", "at_end": "finish"}
    assert window_of({"opens_at": None, "closes_at": None}) is None


def test_what_goes_wrong_is_told() -> None:
    assert problems(Course(1, 1, 0, (step("a", 0, 1),), 1)) == []
    assert problems(Course(2, 2, 4, (step("a", 0, None),), 1)) == [
        "Run 2: the playbook has failed (status 4).",
        "Run 2: fleet: a goes on after the playbook has ended.",
    ]


def test_an_order_that_makes_no_sense_is_refused() -> None:
    seen: list[str] = []
    with pytest.raises(Refused, match=r"not described well: scenario: Field required; .*; spped: Extra inputs"):
        rehearse({"spped": 200}, seen.append)
    order = {"scenario": "/no/such/file", "playbook": "p", "inventory": [], "hosts": {"fleet": "fleet_lcm"}}
    with pytest.raises(Refused, match="/no/such/file"):
        rehearse(order, seen.append)
    with pytest.raises(Refused, match=r"faults\.0: the kind finding needs a component$"):
        rehearse({**order, "faults": [{"kind": "finding"}]}, seen.append)
    assert seen == []


def test_the_playbook_reaches_nothing_real() -> None:
    given = {"PATH": "/bin", "VCF_PASSWORD": "Hidden-1", "https_proxy": "http://proxy.example.com", "NO_PROXY": "*"}
    found = environment(given, Path("/clock"))
    assert {name: value for name, value in found.items() if name.startswith("VCF_")} == {
        "VCF_REHEARSAL_CLOCK": "/clock"
    }
    assert (found["PATH"], found["https_proxy"], found["HTTPS_PROXY"]) == ("/bin", NOWHERE, NOWHERE)
    assert found["NO_PROXY"] == found["no_proxy"] == "localhost,127.0.0.1,::1"


def test_each_host_has_what_is_its_own() -> None:
    one: dict[str, Any] = {"fleet_lcm": {"tasks": [{"name": "of one"}]}}
    parsed = parse({"endpoints": {"one": one}, "services": {"vcenter": {}, "vmc": {}}})
    mine = stage.part_of(parsed, "one", "fleet_lcm")
    assert [task.name for task in mine.services["fleet_lcm"].tasks] == ["of one"]
    assert list(stage.part_of(parsed, "two", "vcenter").services) == ["vcenter"]
    assert mine.services["fleet_lcm"].users != stage.part_of(parsed, "one", "fleet_lcm").services["fleet_lcm"].users
    with pytest.raises(ScenarioError, match=r"for two, whose service is fleet_lcm \(it has one, vcenter, vmc\)"):
        stage.part_of(parsed, "two", "fleet_lcm")
    with pytest.raises(ScenarioError, match="set its vcf_service"):
        stage.part_of(parsed, "two", "")
