# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of module_utils/options.py: PACE_SPEC, ON_TIMEOUT_SPEC, and the rest of WAITING_SPEC."""

from __future__ import annotations


class ModuleDocFragment:
    """How long to wait, and for what."""

    DOCUMENTATION = r"""
options:
  accept_states:
    description:
      - The ends that count as success. A task that ends otherwise fails the module.
      - A cancel accepts every end.
    type: list
    elements: str
    choices: [SUCCEEDED, WARNING, FAILED, CANCELED, SKIPPED]
    default: [SUCCEEDED, WARNING, SKIPPED]
  wait_for:
    description:
      - Whether to wait for V(all) tasks to end, or for V(any) one to end well. A cancel waits for all.
    type: str
    choices: [all, any]
    default: all
"""

    ON_TIMEOUT = r"""
options:
  on_timeout:
    description:
      - What to do when time is up before the tasks have ended.
      - V(fail) fails with RV(failure.kind=timeout), which does not say that a task failed.
      - V(cancel) cancels what is still going on, follows that for at most another O(timeout) seconds, and then fails
        unless all tasks ended well.
      - V(continue) succeeds with the tasks as they are, and RV(timed_out=true).
    type: str
    choices: [fail, cancel, continue]
    default: fail
"""

    PACE = r"""
options:
  timeout:
    description:
      - Seconds to wait at most. The time of requests and outages counts.
    type: float
    default: 3600.0
  deadline:
    description:
      - Time until which to wait at most, in ISO 8601 with a zone, for example the end of a change window.
      - The earlier of O(timeout) and O(deadline) counts.
    type: str
  poll_interval:
    description:
      - Seconds between two looks at first, and after each change.
    type: float
    default: 10.0
  max_poll_interval:
    description:
      - Seconds to which the interval grows while nothing changes.
    type: float
    default: 60.0
  stall_after:
    description:
      - Seconds without a change of any kind in a task after which to warn, once, with a diagnosis. It says when the
        task last changed, its stage, whether it can be cancelled or retried, whether SDDC Manager takes it for
        resolved, and what else goes on at the service. V(0) turns that off.
    type: float
    default: 0.0
  progress:
    description:
      - Whether to print a line when something changes, and one every few minutes when nothing does, and to estimate
        the remaining time by earlier tasks of the same type. Of many tasks those that changed have a line each, and
        all others one together. Lines are printed only while the module runs inside the controller.
    type: bool
    default: true
notes:
  - Where the output of Ansible goes into a file or a pipe, set the environment variable E(PYTHONUNBUFFERED=1) to see
    the progress as it happens.
"""
