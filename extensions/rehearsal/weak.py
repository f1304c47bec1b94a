# SPDX-License-Identifier: GPL-3.0-or-later
"""The weak points that random faults have found: what a playbook does not get over. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .judge import SUCCESS

Run = Mapping[str, Any]

SHOWN = 10  # seeds that a sentence names
_TIME = r"(?:\d+[hms] ?)+"
_COUNTS = re.compile(
    rf",? once| \d+ times| for {_TIME}(?=,|\.|$)|, after the first \w+|, from {_TIME}after the start|, from .* begins"
)
_NUMBERS = re.compile(r"(?<![\w.])(?<!answers with )\d+(?:\.\d+)*(?![\w.])")
_ADVICE = (
    ("fails in its stage", "raise the attempts of fleet_upgrade_recovery or sddc_upgrade_recovery"),
    (
        "is said to have failed",
        "set fleet_upgrade_accept_failed_but_on_target or sddc_upgrade_accept_failed_but_on_target if the version is "
        "what counts",
    ),
    (
        "find a warning",
        "name in fleet_upgrade_acknowledgements or sddc_upgrade_acknowledgements what may be passed over",
    ),
    ("find an error", "run vcf.lifecycle.precheck before the window, and mend what it finds"),
    ("does not accept connections", "set vcf_max_outage to more than that takes"),
    ("restarts and forgets", "set vcf_max_outage to more than that takes"),
    ("to POST", "look at the service for what has come of the request, and run the playbook again"),
    ("to PATCH", "look at the service for what has come of the request, and run the playbook again"),
    ("answers with", "set vcf_max_outage to more than that takes"),
    ("for a request", "take a longer window, or set fleet_upgrade_step_minutes or sddc_upgrade_step_minutes"),
)
"""What helps, by the words of a fault."""


def weak_points(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """What the runs with random faults show, the worst first: each run that ended wrong by rule, then the faults after
    which runs did not end in success, where that is not as often so without them.

    Each has a sentence, in how many C(runs) it was C(of) how many with such a fault, and their seeds.
    """
    runs = [run for run in runs if run["chaos"]]
    return [*_wrong(runs), *_telling(sorted(_not_got_over(runs), key=_weight, reverse=True))]


def is_good(run: Run) -> bool:
    """Whether a run has ended in success."""
    return run["status"] == 0 and all(outcome in SUCCESS for outcome in run["outcomes"].values())


def _weight(found: Mapping[str, Any]) -> float:
    """How much speaks against a fault: five runs of six say more than the only one."""
    return float(found["runs"] + 1) / (found["of"] + 2)


def _telling(found: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those that tell of a run which none before has told of: the faults that a run had besides are not its reason."""
    told: set[int] = set()
    for one in found:
        if not told.issuperset(one["seeds"]):
            told.update(one["seeds"])
            yield one


def _wrong(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for run in runs:
        for one in run["wrong"]:
            found.setdefault(f"{one['rule']} {one['host']} {_NUMBERS.sub('#', one['text'])}", []).append(
                (run["seed"], f"{one['host']}: {one['text']}")
            )
    for seen in sorted(found.values(), key=lambda seen: -len(seen)):
        seeds = list(dict.fromkeys(seed for seed, _text in seen))
        text = f"{seen[0][1]} ({_named(seeds)}; this must not happen)"
        yield {"text": text, "runs": len(seeds), "of": len(runs), "seeds": seeds}


def _not_got_over(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    kinds = dict.fromkeys(_kind(fault) for run in runs for fault in run["faults"])
    for kind in kinds:
        met = [run for run in runs if any(_kind(fault) == kind for fault in run["faults"])]
        others = [run for run in runs if run not in met]
        bad = [run for run in met if not is_good(run)]
        # What goes wrong as often without it is not its doing.
        usual = sum(not is_good(run) for run in others) / len(others) if others else 0
        if bad and (usual < len(bad) / len(met) or len(bad) == len(met)):
            seeds = [run["seed"] for run in bad]
            share = f"{len(bad)} of {len(met)} runs"
            text = f"{share} in which {_inside(kind)} ended {_ends(bad)} ({_named(seeds)}){_advice(kind)}."
            yield {"text": text, "runs": len(bad), "of": len(met), "seeds": seeds}


def _kind(fault: str) -> str:
    """What faults have in common that differ in numbers alone; those of HTTP statuses stay."""
    return _NUMBERS.sub("some", _COUNTS.sub("", fault)).rstrip(".")


def _inside(kind: str) -> str:
    """A fault in the middle of a sentence."""
    return kind[0].lower() + kind[1:] if kind.split(" ", 1)[0] in ("The", "At") else kind


def _ends(runs: Sequence[Run]) -> str:
    said = Counter(
        outcome for run in runs for outcome in set(run["outcomes"].values()) or {"failed"} if outcome not in SUCCESS
    )
    return " or ".join(word for word, _count in said.most_common()) or "failed"


def _named(seeds: Sequence[int]) -> str:
    more = f" and {len(seeds) - SHOWN} more" if len(seeds) > SHOWN else ""
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds[:SHOWN]))}{more}"


def _advice(kind: str) -> str:
    return next((f": {advice}" for word, advice in _ADVICE if word in kind), "")
