# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults in sentences, for people. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from .faults import CLOSING, OF_COMPONENTS, Fault
from .fleet_catalog import CATALOG, SYSTEM
from .fleet_faults import SYSTEM_TYPE
from .sddc_scenario import TITLES

# What it does to a request, said of the service.
_DOES: Mapping[str, str] = {
    "status": "answers with {code}",
    "html": "answers with the page of a proxy",
    "reset_before": "breaks connections before it does anything",
    "reset_after": "breaks connections when it has done what was asked",
    "truncated": "breaks off its answers in the middle",
    "slow": "takes {seconds:g} real seconds to send an answer",
    "stall": "answers after {seconds:g} real seconds",
    "not_json": "answers with broken JSON",
    "huge": "answers with {megabytes:g} MB",
    "deep": "answers with arrays nested {levels} deep",
    "redirect": "redirects to {location}",
    "unauthorized": "forgets all tokens",
    "refuse": "does not accept connections",
    "restart": "restarts and forgets all tokens",
    "jump": "takes {seconds:g} simulated seconds for a request",
    "meanwhile": "meets somebody else's {request} of the task",
    "mislabeled": "says that its answers are HTML",
    "shape": "answers with JSON of a wrong shape",
}


def in_words(fault: Fault) -> str:
    """What it does, to whom and when, in a sentence."""
    where = f"At {fault.endpoint}, " if fault.endpoint else ""
    text = _of_component(fault) if fault.kind in OF_COMPONENTS else _of_requests(fault)
    return where + (text if not where or fault.service else text[0].lower() + text[1:]) + "."


def name_of(component: str) -> str:
    """What people call a component: of a type or a kind, its public name; else as it was written."""
    names = {kind: known.name for kind, known in CATALOG.items()} | {SYSTEM_TYPE: SYSTEM.name} | dict(TITLES)
    return names.get(component.upper(), component)


def _of_component(fault: Fault) -> str:
    name = name_of(fault.component or "")
    times = "" if fault.runs in (None, 1) else f" {fault.runs} times"
    if fault.kind == "finding":
        found = "an error" if fault.severity == "ERROR" else "a warning"
        runs = "" if fault.runs is None else ", once" if fault.runs == 1 else f",{times}"
        return f"The prechecks of {name} find {found}{runs}: {fault.message.rstrip('.')}"
    if fault.kind == "false_failed":
        return f"The upgrade of {name} is said to have failed{times}, though the version has changed"
    if fault.kind == "false_succeeded":
        return f"The upgrade of {name} is said to have succeeded{times}, though the version has not changed"
    return f"The upgrade of {name} fails{f' in its stage {fault.stage}' if fault.stage else ''}{times}"


def _of_requests(fault: Fault) -> str:
    words = [fault.service or "The service", _DOES[fault.kind].format(**fault.model_dump())]
    times = 1 if fault.once else fault.times
    if times is not None and not fault.by_itself:
        words.append("once" if times == 1 else f"{times} times")
    if fault.method or fault.path:
        words.append(f"to {' '.join(filter(None, (fault.method, fault.path)))}")
    if fault.task:
        words.append(f"for the task {fault.task}")
    lasts = fault.lasts
    if lasts is None and fault.kind in CLOSING:
        words.append(f"for {fault.seconds:g} real seconds")
    elif lasts is not None:
        words.append(f"for {_time(lasts)}")
    skipped = f", after the first {'one' if fault.skip == 1 else fault.skip}" if fault.skip else ""
    return " ".join(words) + skipped + _since(fault)


def _since(fault: Fault) -> str:
    """From when it does so."""
    if fault.component is None:
        return f", from {_time(fault.after)} after the start" if fault.after else ""
    name = name_of(fault.component)
    what = f"the stage {fault.stage} of {name}" if fault.stage else name
    return f", from {f'{_time(fault.after)} after' if fault.after else 'when'} {what} begins"


def _time(seconds: float) -> str:
    """How long: 45s, 3m 20s, 1h 12m."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "m"), (left if not hours else 0, "s")]
    return " ".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
