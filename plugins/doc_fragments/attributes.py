# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what every module can and can not do."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes that all modules share."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Runs partly on the controller.
    support: full
  async:
    description: Can be run with C(async).
    support: full
  platform:
    description: Where the module runs.
    support: full
    platforms: posix
"""

    ACTIONGROUP = r"""
options: {}
attributes:
  action_group:
    description: Set options for all modules at once, with C(group/vcf.lifecycle.all) in C(module_defaults).
    support: full
    membership:
      - vcf.lifecycle.all
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Changes nothing in check mode, as always.
    support: full
  diff_mode:
    description: Has nothing to show, since it changes nothing.
    support: N/A
  idempotent:
    description: Changes nothing, however often it is run.
    support: full
"""

    WRITING = r"""
options: {}
attributes:
  check_mode:
    description: Reads the tasks and predicts the result; sends nothing but reads and the login.
    support: full
  diff_mode:
    description: Shows the states before and after.
    support: full
  idempotent:
    description: What has been done is not done again.
    support: full
"""

    UPGRADING = r"""
options: {}
attributes:
  check_mode:
    description: Reads how things are and predicts whether anything would change; sends nothing but reads and the login.
    support: full
  diff_mode:
    description: Shows the versions before and after, where the module is about versions.
    support: full
  idempotent:
    description: What has been done, or is being done, is not done again.
    support: full
"""
