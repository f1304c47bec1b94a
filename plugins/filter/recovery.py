# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.recovery import recovery as account_of

DOCUMENTATION = r"""
name: recovery
short_description: Tell what waiting for tasks, and retrying those that failed, has come to
version_added: 0.1.0
author:
  - vcf.lifecycle contributors (@vcf-lifecycle)
description:
  - Puts the results of M(vcf.lifecycle.task_wait) and M(vcf.lifecycle.task_retry) together into one account, for the
    role P(vcf.lifecycle.task_recovery#role).
  - Only what the modules have seen to end well is recovered.
positional: _input
options:
  _input:
    description:
      - The registered variable of M(vcf.lifecycle.task_wait), and then that of M(vcf.lifecycle.task_retry) for those of
        the tasks that had failed. The second may be missing or skipped.
    type: list
    elements: dict
    required: true
  check_mode:
    description:
      - Whether they come from check mode, such as C(ansible_check_mode). What goes on, and what would be retried, then
        counts as what ends well.
    type: bool
    default: false
seealso:
  - module: vcf.lifecycle.task_wait
  - module: vcf.lifecycle.task_retry
"""

EXAMPLES = r"""
- name: Show what it has come to
  ansible.builtin.debug:
    msg: "{{ ([waited] | vcf.lifecycle.recovery).message }}"
  vars:
    waited: {failed: true, msg: The login was rejected., failure: {kind: authentication}}
"""

RETURN = r"""
_value:
  description: The account.
  type: dict
  contains:
    recovered:
      description: Whether all tasks have ended well, at last.
      type: bool
    timed_out:
      description: Whether time ran out. A task that goes on has not failed.
      type: bool
    retried:
      description: Ids of the tasks that were retried.
      type: list
      elements: str
    failure:
      description: The typed failure, as the modules return it; empty where all has ended well.
      type: dict
    message:
      description: The same for a person, with what was tried; empty where all has ended well.
      type: str
"""


def recovery(results: Any, check_mode: bool = False) -> dict[str, Any]:
    """Return what waiting and retrying has come to."""
    return account_of(plain(results), check_mode=bool(check_mode))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"recovery": recovery}
