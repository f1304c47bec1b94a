# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading single values off the wire."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.module_utils.services import wire
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

NOT_TEXTS = [None, "", True, False, [], {}, ["a"], {"a": 1}]


@pytest.mark.parametrize("value", NOT_TEXTS)
def test_what_is_no_text_is_nothing(value: Any) -> None:
    assert wire.word(value) is None
    assert wire.text(value) is None


def test_a_word_is_exactly_what_was_sent() -> None:
    assert wire.word(" In  Progress &amp; ") == " In  Progress &amp; "
    assert (wire.word(17), wire.word(0), wire.word(1.5)) == ("17", "0", "1.5")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("  outer blanks \n", "outer blanks"),
        ("   ", None),
        ("a &amp; b", "a & b"),
        ("&lt;b&gt;&quot;x&quot;&#39;", '<b>"x"\''),
        ("a \\u0026 b", "a & b"),
        ("\\u00e4", "\u00e4"),
        ("C:\\users", "C:\\users"),
        ("\u00a0\u00e4\u00a0", "\u00e4"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("two\nlines\x00", "two\nlines"),
        ("\\u12", "\\u12"),
        ("\\ud83d\\ude00", "\\ud83d\\ude00"),
        ("&#xd800;", "\ufffd"),
    ],
)
def test_texts(sent: str, read: str | None) -> None:
    assert wire.text(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        ("yes", None),
        (1, None),
        (None, None),
        ({}, None),
    ],
)
def test_flags(sent: Any, read: bool | None) -> None:
    assert wire.flag(sent) is read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-11-21T22:00:00Z", "2026-11-21T22:00:00+00:00"),
        ("2026-11-21T22:00:00.5+01:00", "2026-11-21T21:00:00.500000+00:00"),
        ("2026-11-21T22:00:00", "2026-11-21T22:00:00+00:00"),
        ("2026-11-21 22:00:00Z", "2026-11-21T22:00:00+00:00"),
        (1795298400000, "2026-11-21T22:00:00+00:00"),
        (1795298400, "2026-11-21T22:00:00+00:00"),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        ([], None),
        ({}, None),
        (10**400, None),
        (1e308, None),
        ("9" * 400, None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
    ],
)
def test_moments(sent: Any, read: str | None) -> None:
    moment = wire.moment(sent)
    assert (moment.isoformat() if moment else None) == read


NUMBERS = st.integers(0, 99).map("{:02}".format)


@given(
    date=st.dates().map(str) | st.just("2026-13-01"),
    clock=st.tuples(NUMBERS, NUMBERS, NUMBERS).map(":".join) | st.times().map(str),
    fraction=st.just("") | st.text("0123456789", min_size=1, max_size=9).map(".{}".format),
)
def test_the_usual_stamps_are_read_as_all_others(date: str, clock: str, fraction: str) -> None:
    stamp = f"{date}T{clock}{'' if '.' in clock else fraction}"
    assert wire.moment(stamp + "Z") == wire.moment(stamp + "+00:00")


def test_arrays_keep_their_objects_only() -> None:
    assert wire.mappings([None, {"a": 1}, 5, "x", [], {}]) == [{"a": 1}, {}]
    assert wire.mappings({"a": 1}) == wire.mappings("x") == wire.mappings(None) == []
    assert wire.mapping({"a": 1}) == {"a": 1}
    assert wire.mapping([]) == wire.mapping(None) == {}


@pytest.mark.parametrize(
    "spelling",
    ["IN_PROGRESS", "In Progress", "in-progress", " in  progress ", "In_progress", "in\tprogress", "in - progress"],
)
def test_statuses_fold(spelling: str) -> None:
    assert wire.fold(spelling) == "IN_PROGRESS"
    assert wire.state_of(spelling, {"IN_PROGRESS": State.RUNNING}) is State.RUNNING


@pytest.mark.parametrize("status", [None, "", "IN", "PROGRESS", "IN_PROGRESS_"])
def test_other_statuses_are_unknown(status: str | None) -> None:
    assert wire.state_of(status, {"IN_PROGRESS": State.RUNNING}) is State.UNKNOWN


def test_unknown_is_no_end() -> None:
    assert not State.UNKNOWN.is_terminal
    ends = {state.value for state in State if state.is_terminal}
    assert ends == {"SUCCEEDED", "WARNING", "FAILED", "CANCELED", "SKIPPED"}
