# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate before an upgrade: whether what the prechecks have found lets it through. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
In doubt it blocks: what is not known, not counted or not described is never taken for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import time_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import clock

ERROR, WARNING = "ERROR", "WARNING"
REQUIRED, KEYS = ("id", "reason", "by"), ("id", "reason", "by", "expires")

_WARNINGS = ("WARN", WARNING)
_SKIPPED = "SKIPPED"
_SHOWN = 5
"""How many of the findings that block are told in the message; all of them are in the verdict."""

Item = dict[str, Any]


class GateError(ValueError):
    """What the gate was given is wrong; the text says what, and what would be right."""


@dataclass(frozen=True)
class Acknowledgement:
    """A warning that somebody takes upon himself, as long as that does not expire."""

    given: Item
    pattern: re.Pattern[str]
    is_expired: bool

    def covers(self, finding: Item) -> bool:
        """Tell whether it is about a finding: about a warning with an id, and the whole of that."""
        return _is_warning(finding) and bool(finding["id"]) and self.pattern.fullmatch(finding["id"]) is not None


def precheck_gate(
    result: Any, acknowledgements: Any = None, now: Any = None, *, check_mode: bool = False
) -> dict[str, Any]:
    """Return the verdict on what prechecks have found, as plain JSON types.

    :param result: what fleet_upgrade_run (C(precheck)) or sddc_precheck has returned.
    :param acknowledgements: a list of dictionaries with C(id), C(reason), C(by) and C(expires).
    :param now: the moment to judge by, as an aware datetime or in ISO 8601 with a zone; without one it is now.
    :param check_mode: whether the result is of check mode, where one that would change something has checked nothing.
    :raises GateError: naming the acknowledgement, and what is wrong with it.
    """
    if result is not None and not isinstance(result, Mapping):
        raise GateError(f"The gate judges what a module of prechecks has returned, and not {result!r}.")
    known = _acknowledgements(acknowledgements, _now(now))
    parts = [_Part.of(one, check_mode=check_mode) for one in _results(result or {})]
    for part in parts:
        for one in part.findings:
            one["acknowledged"] = any(each.covers(one) for each in known if not each.is_expired)
    findings = [one for part in parts for one in part.findings]
    blocking = [one for one in findings if one["severity"] != _SKIPPED and not one["acknowledged"]]
    matched = [each for each in known if any(each.covers(one) for one in findings)]
    verdict = {
        "passed": _passed(parts, blocking),
        "errors": sum(part.errors for part in parts),
        "warnings": sum(part.warnings for part in parts),
        "findings": findings,
        "blocking": blocking,
        "acknowledgements": [each.given for each in matched if not each.is_expired],
        "expired": [each.given for each in known if each.is_expired],
        "unused": [each.given for each in known if not each.is_expired and each not in matched],
    }
    expired = [(each, one) for each in known if each.is_expired for one in blocking if each.covers(one)]
    had_nothing = all(part.had_nothing for part in parts)
    return {**verdict, "message": "Nothing was left to be checked." if had_nothing else _message(verdict, expired)}


@dataclass(frozen=True)
class _Part:
    """What one module has found. C(is_predicted) is where nothing was checked: then nothing of it is a verdict."""

    findings: list[Item]
    errors: int
    warnings: int
    had_nothing: bool
    is_predicted: bool

    @classmethod
    def of(cls, result: Mapping[str, Any], *, check_mode: bool) -> _Part:
        """Read what a module has returned."""
        had_nothing = _had_nothing_to_check(result)
        counts = {ERROR: 0, WARNING: 0} if had_nothing else _counts(result)
        findings = [_finding(one) for one in _listed(result)]
        is_predicted = check_mode and _failure(result) is None and bool(result.get("changed") or result.get("adopted"))
        if not is_predicted:
            findings += list(_doubts(result, findings, counts))
        for one in findings:
            one["resource"] = " / ".join(filter(None, [_item(result), one["resource"]])) or None
        return cls(
            findings=findings,
            errors=max(sum(map(_is_error, findings)), (counts or {}).get(ERROR, 0)),
            warnings=max(sum(map(_is_warning, findings)), (counts or {}).get(WARNING, 0)),
            had_nothing=had_nothing,
            is_predicted=is_predicted,
        )


def _results(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what the module has returned each time: the registered variable of a loop holds several results."""
    looped = result.get("results")
    if not isinstance(looped, (list, tuple)):
        return [result]
    return [one if isinstance(one, Mapping) else {} for one in looped] or [{}]


def _item(result: Mapping[str, Any]) -> str | None:
    """Return what a loop was about when it had this result, if that has a name."""
    item = result.get("item")
    name = item.get("name") if isinstance(item, Mapping) else item
    return name if isinstance(name, str) else None


def _passed(parts: list[_Part], blocking: list[Item]) -> bool | None:
    """Return whether nothing blocks; None where nothing does but what was only predicted."""
    if any(one in blocking for part in parts if not part.is_predicted for one in part.findings):
        return False
    return None if any(part.is_predicted for part in parts) else True


def _is_warning(finding: Item) -> bool:
    return finding["severity"] in _WARNINGS


def _is_error(finding: Item) -> bool:
    """Tell whether a finding is an error, as is all that is not known to be something else."""
    return finding["severity"] not in (*_WARNINGS, _SKIPPED)


def _counts(result: Mapping[str, Any]) -> dict[str, int] | None:
    """Return how many errors and warnings the service counts; None where there is no result of any precheck."""
    prechecks = result.get("prechecks")
    if isinstance(prechecks, Mapping):
        found = {ERROR: prechecks.get("errors"), WARNING: prechecks.get("warnings")}
    else:
        found = {ERROR: result.get("error_count"), WARNING: result.get("warning_count")}
    counts = {name: count for name, count in found.items() if isinstance(count, int) and not isinstance(count, bool)}
    return counts if len(counts) == len(found) else None


def _listed(result: Mapping[str, Any]) -> list[Any]:
    prechecks = result.get("prechecks")
    found = (prechecks if isinstance(prechecks, Mapping) else result).get("findings")
    return list(found) if isinstance(found, (list, tuple)) else []


def _finding(given: Any) -> Item:
    """Return a finding in one shape, whichever module has described it."""
    if not isinstance(given, Mapping):
        return _doubt(f"What was found can not be read: {given!r}.")

    def first(*names: str) -> str | None:
        return next((str(given[name]) for name in names if given.get(name) not in (None, "")), None)

    place = " / ".join(filter(None, [first("group"), first("check")]))
    return {
        "id": first("id"),
        "severity": first("severity") or ERROR,
        "message": first("message", "description") or f"{place or 'A check'} does not say what it has found.",
        "resolution": first("resolution", "remediation"),
        "resource": first("resource", "resource_name", "resource_id", "group"),
    }


def _doubts(result: Mapping[str, Any], findings: list[Item], counts: dict[str, int] | None) -> Iterator[Item]:
    """Yield, as findings, why what is listed is not the whole truth."""
    errors, warnings = sum(map(_is_error, findings)), sum(map(_is_warning, findings))
    failure = _failure(result)
    going_on = [one for one in result.get("tasks") or [] if isinstance(one, Mapping) and one.get("done") is False]
    if failure is not None and not errors:
        yield failure
    elif counts is None and not errors:
        yield _doubt("There is no result of any precheck.")
    elif counts is not None and counts[ERROR] > errors:
        yield _doubt(f"{_number(counts[ERROR], ERROR)} counted, of which {errors} described.")
    if counts is not None and counts[WARNING] > warnings:
        said = f"{_number(counts[WARNING], WARNING)} counted, of which {warnings} described."
        yield _doubt(said, severity=WARNING)
    if going_on and failure is None:
        yield _doubt("The prechecks have not come to their end.")


def _failure(result: Mapping[str, Any]) -> Item | None:
    """Return why the module itself has failed, as a finding; None where it has not."""
    failure = result.get("failure")
    if not failure and not result.get("failed"):
        return None
    said = failure if isinstance(failure, Mapping) else {}
    found = _doubt(str(said.get("message") or result.get("msg") or "The prechecks have failed."))
    return {**found, "id": said.get("code"), "resolution": said.get("remediation")}


def _doubt(message: str, severity: str = ERROR) -> Item:
    return {"id": None, "severity": severity, "message": message, "resolution": None, "resource": None}


def _had_nothing_to_check(result: Mapping[str, Any]) -> bool:
    """Tell whether all was on target already, so that fleet_upgrade_run has begun nothing and says so."""
    return result.get("outcome") == "succeeded" and result.get("tasks") == [] and not result.get("changed")


def _acknowledgements(given: Any, now: datetime) -> list[Acknowledgement]:
    if given is None:
        return []
    if not isinstance(given, (list, tuple)):
        raise GateError(f"Acknowledgements are a list of dictionaries with {', '.join(KEYS)}, and not {given!r}.")
    return [_acknowledgement(one, number, now) for number, one in enumerate(given, 1)]


def _acknowledgement(given: Any, number: int, now: datetime) -> Acknowledgement:
    if not isinstance(given, Mapping):
        raise GateError(f"Acknowledgement {number} is not a dictionary with {', '.join(KEYS)}, but {given!r}.")
    label = f"Acknowledgement {number}" + (f" ({given['id']})" if given.get("id") else "")
    unknown = [str(key) for key in given if key not in KEYS]
    if unknown:
        raise GateError(f"{label} has {', '.join(unknown)}, which is none of {', '.join(KEYS)}.")
    for key in REQUIRED:
        value = given.get(key)
        if value in (None, ""):
            raise GateError(f"{label} has no {key}. Each needs {', '.join(REQUIRED)}.")
        if not isinstance(value, str) or not value.strip():
            raise GateError(f"{label}: {key} {value!r} is not a text. Put quotes around it.")
    try:
        pattern = re.compile(given["id"])
    except re.error as error:
        raise GateError(f"{label}: its id is not a regular expression ({error}).") from error
    expires = given.get("expires")
    text = expires.isoformat() if isinstance(expires, date) else expires
    return Acknowledgement({**given, "expires": text}, pattern, _is_expired(label, text, now))


def _is_expired(label: str, expires: Any, now: datetime) -> bool:
    """Tell whether a time is over; a day is so when it has ended in UTC."""
    if expires in (None, ""):
        return False
    if not isinstance(expires, str):
        raise GateError(f"{label}: expires {expires!r} is not a text. Put quotes around it.")
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", expires.strip()):
            return now.date() > date.fromisoformat(expires.strip())
        when = time_of(expires, "expires", zone_needed=True)
    except (OptionsFailure, ValueError) as error:
        why = str(error).rstrip(".")
        raise GateError(f"{label}: {why}. Give a day such as 2026-12-31, or a time with a zone.") from error
    return when is not None and when <= now


def _now(given: Any) -> datetime:
    """Return the moment to judge by, in UTC."""
    if given is None:
        return clock().now()
    text = given.isoformat() if isinstance(given, datetime) else given
    try:
        when = time_of(text, "now", zone_needed=True) if isinstance(text, str) else None
    except OptionsFailure as error:
        raise GateError(str(error)) from error
    if when is None:
        raise GateError(f"now {given!r} is not an ISO 8601 time such as 2026-11-21T02:30:00+01:00.")
    return when


def _message(verdict: Item, expired: list[tuple[Acknowledgement, Item]]) -> str:
    """Return the verdict as sentences that a person can act on."""
    counted = f"{_number(verdict['errors'], ERROR)}, {_number(verdict['warnings'], WARNING)}"
    if verdict["passed"] is None:
        return "Nothing was checked: in check mode it is only known that it would be. What is known so far: " + counted
    used = len([one for one in verdict["findings"] if one["acknowledged"]])
    if verdict["passed"]:
        return f"The prechecks let it through: {counted}{f' ({used} acknowledged)' if used else ''}."
    blocking = verdict["blocking"]
    lines = [f"The prechecks block: {counted}{f' ({used} acknowledged)' if used else ''}."]
    lines += [_line(one, [each for each, about in expired if about is one]) for one in blocking[:_SHOWN]]
    if len(blocking) > _SHOWN:
        lines.append(f"And {len(blocking) - _SHOWN} more.")
    return " ".join(lines)


def _line(finding: Item, expired: list[Acknowledgement]) -> str:
    """Return what one finding says, and why it is not acknowledged where somebody might think it is."""
    label = " ".join(filter(None, [finding["severity"], finding["id"], f"({finding['resource']})"]))
    label = label.replace(" (None)", "")
    said = [f"{label}: {finding['message'].rstrip('.')}."]
    if finding["resolution"]:
        said.append(f"{finding['resolution'].rstrip('.')}.")
    if _is_warning(finding) and not finding["id"]:
        said.append("It has no id, so that it can not be acknowledged.")
    said += [f"Its acknowledgement by {one.given['by']} has expired ({one.given['expires']})." for one in expired]
    return " ".join(said)


def _number(count: int, severity: str) -> str:
    return f"{count} {severity.lower()}{'' if count == 1 else 's'}"
