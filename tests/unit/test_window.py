# SPDX-License-Identifier: GPL-3.0-or-later
"""When a change window opens and closes: across midnight, across clock changes, and what is refused."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.window import DAYS, WindowError, change_window

BERLIN, NEW_YORK, LORD_HOWE, KOLKATA = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"


def recurring(times: str, zone: str = BERLIN, *days: str) -> dict[str, Any]:
    start, end = times.split("-")
    return {"start": start, "end": end, "zone": zone, **({"days": list(days)} if days else {})}


def span(definition: dict[str, Any], now: str) -> str:
    """When the window opens and closes, in UTC, without the dates' year and the seconds."""
    stand = change_window(definition, now)
    return " ".join(stand[key][5:16] for key in ("opens_at", "closes_at"))


@pytest.mark.parametrize(
    ("definition", "now", "expected"),
    [
        # An ordinary night, before, in and after the window; the end is not a part of it.
        (recurring("22:00-04:00"), "2026-11-21T21:59:59+01:00", "11-21T21:00 11-22T03:00"),
        (recurring("22:00-04:00"), "2026-11-21T22:00:00+01:00", "11-21T21:00 11-22T03:00"),
        (recurring("22:00-04:00"), "2026-11-22T03:59:59+01:00", "11-21T21:00 11-22T03:00"),
        (recurring("22:00-04:00"), "2026-11-22T04:00:00+01:00", "11-22T21:00 11-23T03:00"),
        (recurring("09:00-17:30", KOLKATA), "2026-11-21T00:00:00Z", "11-21T03:30 11-21T12:00"),
        (recurring("9:00-17:00:30", "-0330"), "2026-11-21T00:00:00Z", "11-21T12:30 11-21T20:30"),
        (recurring("22:00-00:00", "Z"), "2026-11-21T00:00:00Z", "11-21T22:00 11-22T00:00"),
        # Days are those on which the window opens: Saturday's is open on Sunday morning. The 21st is a Saturday.
        (recurring("22:00-04:00", BERLIN, "fri", "sat"), "2026-11-22T03:00:00+01:00", "11-21T21:00 11-22T03:00"),
        (recurring("22:00-04:00", BERLIN, "fri", "SAT"), "2026-11-22T05:00:00+01:00", "11-27T21:00 11-28T03:00"),
        # By the calendar of the zone: in Kolkata it is Sunday long before it is in UTC.
        (recurring("01:00-02:00", KOLKATA, "sun"), "2026-11-21T19:45:00Z", "11-21T19:30 11-21T20:30"),
        # Clocks go forward: the night is an hour shorter.
        (recurring("22:00-04:00"), "2026-03-28T23:00:00+01:00", "03-28T21:00 03-29T02:00"),
        (recurring("22:00-04:00", NEW_YORK), "2026-03-07T23:00:00-05:00", "03-08T03:00 03-08T08:00"),
        (recurring("22:00-04:00", LORD_HOWE), "2026-10-03T23:00:00+10:30", "10-03T11:30 10-03T17:00"),
        # They leave out what begins, what ends, and all of it.
        (recurring("02:30-05:00"), "2026-03-29T00:30:00+01:00", "03-29T01:00 03-29T03:00"),
        (recurring("22:00-02:30"), "2026-03-28T23:00:00+01:00", "03-28T21:00 03-29T01:00"),
        (recurring("02:15-02:45"), "2026-03-29T00:30:00+01:00", "03-30T00:15 03-30T00:45"),
        (recurring("02:15-02:45", BERLIN, "sun"), "2026-03-29T00:30:00+01:00", "04-05T00:15 04-05T00:45"),
        (recurring("02:10-05:00", LORD_HOWE), "2026-10-04T00:00:00+10:30", "10-03T15:30 10-03T18:00"),
        # Clocks go back: the night is an hour longer, and a time that comes twice is the first of the two.
        (recurring("22:00-04:00"), "2026-10-24T23:00:00+02:00", "10-24T20:00 10-25T03:00"),
        (recurring("22:00-04:00", NEW_YORK), "2026-10-31T23:00:00-04:00", "11-01T02:00 11-01T09:00"),
        (recurring("22:00-04:00", LORD_HOWE), "2026-04-04T23:00:00+11:00", "04-04T11:00 04-04T17:30"),
        (recurring("02:30-05:00"), "2026-10-25T01:00:00+02:00", "10-25T00:30 10-25T04:00"),
        (recurring("22:00-02:30"), "2026-10-25T01:00:00+02:00", "10-24T20:00 10-25T00:30"),
        (recurring("01:45-05:00", LORD_HOWE), "2026-04-05T01:00:00+11:00", "04-04T14:45 04-04T18:30"),
        # A whole day left out: Samoa had no 30 December 2011.
        (recurring("22:00-04:00", "Pacific/Apia"), "2011-12-31T00:30:00+14:00", "12-30T10:00 12-30T14:00"),
    ],
)
def test_recurring_windows(definition: dict[str, Any], now: str, expected: str) -> None:
    assert span(definition, now) == expected


@pytest.mark.parametrize(
    ("times", "zone", "expected"),
    [
        (("2026-11-21T22:00:00+01:00", "2026-11-22T04:00:00+01:00"), None, "11-21T21:00 11-22T03:00"),
        (("2026-11-21 22:00Z", "2026-11-22t04:00:00.750z"), None, "11-21T22:00 11-22T04:00"),
        (("2026-11-21T22:00", "2026-11-22T04:00"), BERLIN, "11-21T21:00 11-22T03:00"),
        (("2026-11-21T22:00+0530", "2026-11-22T04:00"), BERLIN, "11-21T16:30 11-22T03:00"),
        # Times that the zone leaves out, or has twice.
        (("2026-03-29T02:30", "2026-10-25T02:30"), BERLIN, "03-29T01:00 10-25T00:30"),
        # What YAML itself takes for a time.
        ((datetime(2026, 11, 21, 21, tzinfo=timezone.utc), "2026-11-22T04:00+01:00"), None, "11-21T21:00 11-22T03:00"),
    ],
)
def test_absolute_windows(times: tuple[Any, Any], zone: str | None, expected: str) -> None:
    assert span({"start": times[0], "end": times[1], "zone": zone}, "2026-11-21T00:00:00Z") == expected


NIGHT = {"start": "2026-11-21T22:00:00+01:00", "end": "2026-11-22T04:00:00+01:00"}


@pytest.mark.parametrize(
    ("now", "inside", "minutes_left"),
    [
        ("2026-11-21T22:00:00+02:00", False, 0),
        ("2026-11-21T22:00:00+01:00", True, 360),
        ("2026-11-21T22:00:01+01:00", True, 359),
        ("2026-11-22T03:59:01+01:00", True, 0),
        ("2026-11-22T04:00:00+01:00", False, 0),
        (datetime(2026, 11, 22, 3, 30, tzinfo=ZoneInfo(BERLIN)), True, 30),
    ],
)
def test_what_is_left_is_rounded_down(now: Any, inside: bool, minutes_left: int) -> None:
    stand = change_window(NIGHT, now)
    assert (stand["inside"], stand["minutes_left"]) == (inside, minutes_left)


def test_all_that_is_said_of_a_window() -> None:
    assert change_window({**NIGHT, "zone": BERLIN}, "2026-11-21T23:00:00+01:00") == {
        "now": "2026-11-21T22:00:00Z",
        "opens_at": "2026-11-21T21:00:00Z",
        "closes_at": "2026-11-22T03:00:00Z",
        "deadline": "2026-11-22T03:00:00Z",
        "minutes_left": 300,
        "inside": True,
        "label": "2026-11-21 22:00+01:00 to 2026-11-22 04:00+01:00 (Europe/Berlin)",
    }
    assert change_window(NIGHT)["label"] == "2026-11-21 21:00+00:00 to 2026-11-22 03:00+00:00 (UTC)"


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_window_is_always_open(nothing: Any) -> None:
    stand = change_window(nothing, "2026-11-21T23:00:00+01:00")
    assert stand == {
        "now": "2026-11-21T22:00:00Z",
        **dict.fromkeys(("opens_at", "closes_at", "deadline", "minutes_left")),
        "inside": True,
        "label": "always open",
    }


def test_without_a_moment_it_is_now() -> None:
    before = datetime.now(timezone.utc).replace(microsecond=0)
    now = datetime.fromisoformat(change_window(NIGHT)["now"].replace("Z", "+00:00"))
    assert before <= now <= datetime.now(timezone.utc)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("22:00-04:00", "is a dictionary with start and end"),
        ({"start": "22:00", "zone": BERLIN}, "has no end"),
        ({"zone": BERLIN}, "has no start and no end"),
        ({**NIGHT, "ends": "later"}, "has no ends; it has start, end, zone, days"),
        # YAML without quotes: 22:00, 2026-11-21 22:00:00, 2026-11-21, and +10:00.
        ({"start": 1320, "end": "04:00", "zone": BERLIN}, "start 1320 is not a text: put quotes around the time"),
        ({**NIGHT, "end": datetime(2026, 11, 22)}, "end 2026-11-22 00:00:00 is not a text: put quotes"),
        ({**NIGHT, "end": date(2026, 11, 22)}, "end 2026-11-22 is not a text: put quotes"),
        (recurring("22:00-04:00") | {"zone": 600}, "zone 600 is not a text: put quotes around it"),
        ({"start": "22:00", "end": "04:00"}, "needs a zone, such as Europe/Berlin"),
        ({"start": "2026-11-21T22:00", "end": "2026-11-22T04:00"}, "'2026-11-21T22:00' needs a zone"),
        (recurring("22:00-04:00", "Europe/Berln"), "'Europe/Berln' is not in this machine's time zone database"),
        (recurring("22:00-04:00", "Europe"), "'Europe' is not in this machine's time zone database"),
        (recurring("22:00-04:00", "../../etc/passwd"), "is not in this machine's time zone database"),
        (recurring("22:00-04:00", "\ud800"), "is not in this machine's time zone database"),
        (recurring("22:00-04:00", "+24:00"), "'+24:00' is none"),
        (recurring("22:00-24:00"), "24:00 is not a time of day: hour must be in 0..23"),
        (recurring("22:60-04:00"), "22:60 is not a time of day: minute must be in 0..59"),
        (recurring("22:00-22:00:00"), "starts and ends at the same time of day, 22:00"),
        ({**NIGHT, "end": "04:00"}, "do not go together"),
        ({"start": "10 pm", "end": "4 am", "zone": BERLIN}, "start '10 pm' is not a time in ISO 8601"),
        ({**NIGHT, "start": "2026-11-31T22:00Z"}, "start '2026-11-31T22:00Z' is not a time in ISO 8601"),
        ({**NIGHT, "start": "2026-11-21"}, "start '2026-11-21' is not a time in ISO 8601"),
        ({**NIGHT, "start": NIGHT["end"]}, "ends (2026-11-22T03:00:00+00:00) before it has begun"),
        ({**NIGHT, "end": "2026-11-21T22:59:59+02:00"}, "before it has begun"),
        ({**NIGHT, "days": ["fri"]}, "days belongs to a change window that recurs"),
        (recurring("22:00-04:00", BERLIN, "friday"), "days ['friday'] of the change window is not a list of some"),
        (recurring("22:00-04:00") | {"days": "fri"}, "days 'fri' of the change window is not a list of some"),
        (recurring("22:00-04:00") | {"days": []}, "days [] of the change window is not a list of some"),
        ({**NIGHT, "start": "0001-01-01T00:00+14:00"}, "check their years"),
    ],
)
def test_what_is_wrong_is_said(definition: Any, said: str) -> None:
    with pytest.raises(WindowError) as caught:
        change_window(definition)
    assert said in str(caught.value)


@pytest.mark.parametrize("now", ["22:00", "yesterday", "2026-11-21T22:00", 7, "9999-12-31T23:59-01:00"])
def test_a_moment_that_is_none(now: Any) -> None:
    with pytest.raises(WindowError):
        change_window(NIGHT, now)


MINUTES_A_DAY = 24 * 60


def times(start: int, minutes: int) -> tuple[time, time]:
    """A start, in minutes after midnight, and the end that comes so many minutes later."""
    return time(*divmod(start, 60)), time(*divmod((start + minutes) % MINUTES_A_DAY, 60))


WINDOWS = st.tuples(
    st.builds(
        times,
        # Clocks change between one and three.
        st.one_of(st.integers(30, 210), st.integers(0, MINUTES_A_DAY - 1)),
        st.one_of(st.integers(1, 120), st.integers(1, MINUTES_A_DAY - 1)),
    ),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KOLKATA]),
    st.sets(st.sampled_from(DAYS), min_size=1),
)
# Hours around the clock changes of 2026, which other moments hardly ever meet, and any moment.
CHANGES = [
    datetime.fromisoformat(f"2026-{change}+00:00")
    for change in (
        "03-29T01:00", "10-25T01:00", "03-08T07:00", "11-01T06:00", "04-04T15:00", "10-03T15:30",
    )
]  # fmt: skip
MOMENTS = st.one_of(
    st.builds(
        lambda change, seconds: change + timedelta(seconds=seconds),
        st.sampled_from(CHANGES),
        st.integers(-90_000, 90_000),
    ),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(timezone.utc)).map(
        lambda when: when.replace(microsecond=0)
    ),
)


def first_shown(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, by going through the minutes, from which on the clocks of a zone show that time or a later one.

    Where clocks go back they show a time again, but the first of the two is the one that counts.
    """
    moment = local.replace(tzinfo=timezone.utc) - timedelta(hours=15)
    while (behind := local - moment.astimezone(zone).replace(tzinfo=None)) > timedelta():
        # In strides as long as no change of clocks can be in them, and then minute by minute, as changes are.
        moment += max(timedelta(minutes=1), behind - timedelta(hours=3))
    return moment


def occurrences(
    start: time, end: time, zone: ZoneInfo, days: set[str], around: date
) -> list[tuple[datetime, datetime]]:
    found = []
    for number in range(-3, 10):
        day = around + timedelta(days=number)
        if DAYS[day.weekday()] in days:
            closing_day = day if start < end else day + timedelta(days=1)
            found.append(
                (
                    first_shown(datetime.combine(day, start), zone),
                    first_shown(datetime.combine(closing_day, end), zone),
                )
            )
    return found


@given(WINDOWS, MOMENTS)
def test_it_is_open_in_its_occurrences_and_at_no_other_time(window: Any, now: datetime) -> None:
    (start, end), name, days = window
    definition = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "zone": name, "days": sorted(days)}
    stand = change_window(definition, now)
    known = occurrences(start, end, ZoneInfo(name), days, now.astimezone(ZoneInfo(name)).date())
    assert stand["inside"] == any(opens <= now < closes for opens, closes in known)
    opens, closes = (datetime.fromisoformat(stand[key].replace("Z", "+00:00")) for key in ("opens_at", "closes_at"))
    assert now < closes
    assert opens < closes
    assert (opens <= now) == stand["inside"]
    assert stand["minutes_left"] == (int((closes - now) / timedelta(minutes=1)) if stand["inside"] else 0)
    assert stand["minutes_left"] >= 0
    # Nothing that is still to come is passed over.
    assert not [earlier for earlier in known if now < earlier[1] < closes and earlier[0] < earlier[1]]


@given(WINDOWS, MOMENTS)
def test_it_is_never_open_when_the_clocks_show_another_time(window: Any, now: datetime) -> None:
    (start, end), name, days = window
    definition = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "zone": name, "days": sorted(days)}
    shown = now.astimezone(ZoneInfo(name)).replace(tzinfo=None)
    is_shown = start <= shown.time() < end if start < end else not end <= shown.time() < start
    # In the hour that comes twice, what opened at the first of two times goes on.
    goes_back = now.astimezone(ZoneInfo(name)).fold or (now + timedelta(hours=1)).astimezone(ZoneInfo(name)).fold
    if change_window(definition, now)["inside"] and not goes_back:
        assert is_shown
