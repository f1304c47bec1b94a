# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter change_window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.window import WindowError
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.window import change_window as stand_of

DOCUMENTATION = r"""
name: change_window
short_description: Tell how a change window stands
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Tells whether a change window is open, when it opens and closes, and how many minutes of it are left.
  - A window is given either by two absolute times, or by two times of day between which it recurs.
  - Across midnight and across a clock change it is right; C(22:00) to C(04:00) lasts five hours in the night in which
    clocks go forward, and seven in the one in which they go back. A time that comes twice that night is the first of
    the two. One that does not come at all is the moment at which the clocks go forward, and a window that is wholly
    within the hour left out does not open.
positional: _input
options:
  _input:
    description:
      - The window. With nothing in it, it is always open.
    type: dict
    required: true
    suboptions:
      start:
        description:
          - When the window opens; a time of day such as V(22:00), or a time in ISO 8601 such as
            V(2026-11-21T22:00:00+01:00).
          - Put quotes around it. Without them YAML takes V(22:00) for the number 1320, which is refused.
        type: str
        required: true
      end:
        description:
          - When the window closes, given like O(_input.start). It is open until then, but no longer then.
          - A time of day that comes before the one of O(_input.start) is on the next day.
        type: str
        required: true
      zone:
        description:
          - The zone of times that do not say it themselves; a name such as V(Europe/Berlin), which the controller's
            time zone database must know, or an offset such as V(+01:00). Times of day need one.
        type: str
      days:
        description:
          - On which days of the week a recurring window opens, of V(mon), V(tue), V(wed), V(thu), V(fri), V(sat) and
            V(sun), by the calendar of its zone; all of them where this is left out.
        type: list
        elements: str
  now:
    description:
      - The moment to judge by, in ISO 8601 with a zone, for a rehearsal. Without it, it is now.
    type: str
seealso:
  - name: vcf.lifecycle.change_window
    description: The role, which stops a play outside the window.
    link: https://github.com/vcf-lifecycle/vcf.lifecycle/blob/main/roles/change_window/README.md
"""

EXAMPLES = r"""
- name: Show when the next window is
  ansible.builtin.debug:
    msg: "{{ (nights | vcf.lifecycle.change_window).label }}"
  vars:
    nights: {start: "22:00", end: "04:00", zone: Europe/Berlin, days: [fri, sat]}

- name: Rehearse how much would be left at two in the night
  ansible.builtin.assert:
    that:
      - stand.inside
      - stand.minutes_left == 120
  vars:
    tonight: {start: "2026-11-21T22:00:00+01:00", end: "2026-11-22T04:00:00+01:00"}
    stand: "{{ tonight | vcf.lifecycle.change_window(now='2026-11-22T02:00:00+01:00') }}"
"""

RETURN = r"""
_value:
  description:
    - How the window stands. Outside it, it is about the next one, or about the last one where none is to come.
    - The times are in ISO 8601, in UTC. Those of a window that is always open are null.
  type: dict
  contains:
    now:
      description: The moment that was judged by.
      type: str
    opens_at:
      description: When the window opens, or has opened.
      type: str
    closes_at:
      description: When the window closes, or has closed.
      type: str
    deadline:
      description: The same, by the name of the option of the modules that wait.
      type: str
    minutes_left:
      description: How many whole minutes are left of the window; V(0) outside it, null where it is always open.
      type: int
    inside:
      description: Whether the window is open.
      type: bool
    label:
      description: The window for a person to read, in its own zone.
      type: str
      sample: "2026-11-21 22:00+01:00 to 2026-11-22 04:00+01:00 (Europe/Berlin)"
"""


def change_window(definition: Mapping[str, Any] | None, now: Any = None) -> dict[str, Any]:
    """Return how a change window stands.

    :raises AnsibleFilterError: naming what is wrong with the definition.
    """
    try:
        return stand_of(plain(definition), plain(now))
    except WindowError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"change_window": change_window}
