# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what every module can and can not do."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes that all modules share."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin of its own, which runs in the controller.
    support: full
    details:
      - On a C(local) connection, without C(become), C(async) and C(environment), all of it runs there; else none of it.
  async:
    description: Can be run with C(async).
    support: full
    details:
      - It shows no progress then.
  platform:
    description: Where the module runs, which is not where the service is.
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
    description: Can run in check mode, and predicts whether anything would change without changing it.
    support: full
    details:
      - It only reads, with or without check mode.
  diff_mode:
    description: Returns what has changed, or in check mode would change, when in diff mode.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: >-
      Run twice in a row with the same options, the second run changes nothing, unless somebody else has changed
      something meanwhile.
    support: full
    details:
      - It changes nothing, however often it is run.
"""

    # Not "waiting": Ansible would take "attributes.waiting" for the fragment of that name.
    WATCHING = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, and predicts whether anything would change without changing it.
    support: full
    details:
      - It reads the tasks once, does not wait, and cancels nothing.
  diff_mode:
    description: Returns what has changed, or in check mode would change, when in diff mode.
    support: none
    details:
      - It changes nothing but with O(on_timeout=cancel), and does not show that.
  idempotent:
    description: >-
      Run twice in a row with the same options, the second run changes nothing, unless somebody else has changed
      something meanwhile.
    support: full
    details:
      - Tasks that have ended are left as they are.
"""

    WRITING = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, and predicts whether anything would change without changing it.
    support: full
    details:
      - It reads the tasks and predicts from how they are; it sends nothing but reads and the login.
  diff_mode:
    description: Returns what has changed, or in check mode would change, when in diff mode.
    support: full
    details:
      - It shows the states before and after.
  idempotent:
    description: >-
      Run twice in a row with the same options, the second run changes nothing, unless somebody else has changed
      something meanwhile.
    support: full
    details:
      - What has been done is not done again.
"""

    UPGRADING = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, and predicts whether anything would change without changing it.
    support: full
    details:
      - It reads how things are and predicts from that; it sends nothing but reads and the login.
  diff_mode:
    description: Returns what has changed, or in check mode would change, when in diff mode.
    support: full
    details:
      - It shows the versions before and after.
  idempotent:
    description: >-
      Run twice in a row with the same options, the second run changes nothing, unless somebody else has changed
      something meanwhile.
    support: full
    details:
      - What has been done, or is being done, is not done again.
"""
