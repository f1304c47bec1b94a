# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell ansible-rulebook what happens to the tasks of VMware Cloud Foundation."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

DOCUMENTATION = r"""
---
module: tasks
short_description: Tell what happens to the long-running tasks of VMware Cloud Foundation
description:
  - Looks at the tasks of a service again and again, and emits one event for each thing that happens to each of them.
  - The C(transition) of an event is C(started), C(stage_changed), C(stalled), C(succeeded), C(failed), C(canceled),
    C(outage_began) or C(outage_ended). Every run of a task starts once and ends once; a retry is another run. A task
    that ended with warnings, or was skipped, has C(succeeded); its C(task.state) says which.
  - A failure that was retried between two looks is told too, as C(failed) and C(started), if the task shows that
    something in it has begun anew. C(task) is then how the task is since.
  - Nothing is told twice while the source runs, and what happened during an outage is told after it. The source ends,
    with an error, only where going on would be of no use, such as with wrong options, a login that is rejected, or a
    user who may not read tasks.
  - Every event has all of these keys, null where they do not apply. C(transition); C(service), C(hostname); C(seen_at),
    the time of the look, in UTC; C(message), a sentence for people; C(task), as M(vcf.lifecycle.task_info) returns it;
    C(previous_stage) of C(stage_changed); C(quiet_seconds) of C(stalled); C(reason) of C(outage_began) and
    C(outage_seconds) of C(outage_ended).
  - The filters are those of M(vcf.lifecycle.task_info), but for C(states), C(ended_after) and C(limit), which a task
    passes at one time and not at another. What happens to a task shows only to who looks at it all the time; select
    the transitions in the conditions of the rules.
  - Secrets are masked in events and logs.
  - Needs ansible-core, requests >= 2.28 and pydantic >= 2.6 in the Python that runs ansible-rulebook.
options:
  service:
    description:
      - The API that owns the tasks.
      - V(fleet_lcm) is VCF Fleet lifecycle and V(sddc_lcm) SDDC lifecycle; V(sddc_manager) is SDDC Manager and
        V(sddc_manager_credentials) its credentials tasks; V(vcf_installer) is VCF Installer, V(vcenter) is vCenter, and
        V(vmc) is VMware Cloud on AWS.
      - Can also be set with the environment variable E(VCF_SERVICE).
    type: str
    required: true
    choices: [fleet_lcm, sddc_lcm, sddc_manager, sddc_manager_credentials, vcf_installer, vcenter, vmc]
  hostname:
    description:
      - Name or address of the host that serves the API. Required, but for V(service=vmc), where it is
        V(vmc.vmware.com).
      - Can also be set with the environment variable E(VCF_HOSTNAME).
    type: str
  port:
    description:
      - Port of the API.
      - Can also be set with the environment variable E(VCF_PORT).
    type: int
    default: 443
  username:
    description:
      - User to log in as, for example V(admin@vsp.local) for Fleet LCM or V(administrator@vsphere.local) for SDDC
        Manager.
      - Can also be set with the environment variable E(VCF_USERNAME).
    type: str
  password:
    description:
      - The user's password. A login that the service rejects ends the source, since accounts lock; one that had
        worked before is tried again twice, at least a minute apart.
      - Can also be set with the environment variable E(VCF_PASSWORD).
    type: str
  token:
    description:
      - An access token, or session id, that was obtained elsewhere. It is used instead of O(username) and O(password).
      - It is never renewed; when it expires the source ends with an error. To watch for long, log in.
      - Can also be set with the environment variable E(VCF_TOKEN).
    type: str
  api_token:
    description:
      - A long-lived token to log in with, in place of O(username) and O(password). For V(sddc_manager),
        V(sddc_manager_credentials) and V(vcf_installer) their API key, for V(vmc) the refresh token.
      - Can also be set with the environment variable E(VCF_API_TOKEN).
    type: str
  org_id:
    description:
      - Id of the organization. Required for V(service=vmc), which alone has organizations.
      - Can also be set with the environment variable E(VCF_ORG_ID).
    type: str
  auth_url:
    description:
      - Base URL of the host that issues tokens, where that is not O(hostname); for example
        V(https://identity.example.com). For V(vmc) it is V(https://console.cloud.vmware.com) by default.
      - Can also be set with the environment variable E(VCF_AUTH_URL).
    type: str
  base_path:
    description:
      - Prefix of the API's paths, in place of the service's own (V(/fleet-lcm) for Fleet LCM), for gateways.
      - Can also be set with the environment variable E(VCF_BASE_PATH).
    type: str
  validate_certs:
    description:
      - Whether to verify the TLS certificates of the service. Turn this off only where nothing is at stake.
      - Can also be set with the environment variable E(VCF_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - Path of a file with the certificates, in PEM format, of the authorities to trust.
      - Without it the authorities are those of the Python library C(requests). No environment variable of that or any
        other library overrides this option or O(validate_certs).
      - Can also be set with the environment variable E(VCF_CA_PATH).
    type: path
  request_timeout:
    description:
      - Seconds that one request may take.
      - Can also be set with the environment variable E(VCF_REQUEST_TIMEOUT).
    type: float
    default: 30.0
  max_outage:
    description:
      - Seconds of an unbroken outage of the service after which a warning is logged. The source never ends because of
        an outage; from then on it tries again once every O(poll_interval).
      - An outage is everything that is not a sensible answer, for example a refused or reset connection, HTTP 5xx or
        429, or the error page of a proxy. Services that upgrade themselves have outages of many minutes.
      - A name that does not resolve and a certificate that does not verify end the source on first contact.
      - Can also be set with the environment variable E(VCF_MAX_OUTAGE).
    type: float
    default: 1800.0
  task_ids:
    description:
      - Ids of the tasks. Excludes the filters. Each is one request at each look; for many tasks filters are quicker.
    type: list
    elements: str
    aliases: [task_id]
  name:
    description:
      - Only tasks whose name contains this text, in upper or lower case.
    type: str
  type:
    description:
      - Only tasks of exactly this type, a word of the service. For V(service=vcenter) the name of the service that
        runs the task, such as V(com.vmware.content.library); vCenter lists tasks only by that or by O(task_ids).
    type: str
  resource_id:
    description:
      - Only tasks that work on the resource with this id.
    type: str
  resource_type:
    description:
      - Only tasks that work on a resource of exactly this type, a word of the service.
    type: str
  created_by:
    description:
      - Only tasks that this user or service account created. V(sddc_manager) does not say who created a task.
    type: str
  correlation_id:
    description:
      - Only tasks with this correlation id. V(sddc_manager) has none.
    type: str
  created_after:
    description:
      - Only tasks created after this time, in ISO 8601. Without a zone it is UTC.
    type: str
  created_before:
    description:
      - Only tasks created before this time, in ISO 8601. Without a zone it is UTC.
    type: str
  include_system_tasks:
    description:
      - Whether the filters also see tasks that the service hides by default. V(sddc_manager) hides none.
    type: bool
    default: false
  poll_interval:
    description:
      - Seconds from one look at the tasks to the next. Whatever happens between two looks is told after the second one.
      - A look reads all pages of the list; for V(service=fleet_lcm) and V(service=sddc_lcm) it costs one more request
        for each task that is going on, since their lists show no stages.
    type: float
    default: 10.0
  stall_after:
    description:
      - Seconds without any change in a task that is going on after which it is told to be C(stalled), once until
        something changes. 0 for never. A task that is scheduled for later does not stall.
    type: float
    default: 0.0
  since:
    description:
      - A time in ISO 8601, with a zone, from which on to catch up, such as when the source was last running. What has
        ended since then is told at the first look, once, with its beginning and its end, in order.
      - Without it the source tells what happens after it has first reached the service.
    type: str
"""

EXAMPLES = r"""
- vcf.lifecycle.tasks:
    service: fleet_lcm
    hostname: fleet.example.com
    username: admin@vsp.local
    password: "{{ fleet_password }}"
    stall_after: 1800

# Logged in by a credential, whose values are in the environment; what was missed is told first.
- vcf.lifecycle.tasks:
    service: sddc_manager
    hostname: sddc-manager.example.com
    type: DOMAIN_UPGRADE
    since: "{{ last_run | default('') }}"
"""


def _find_collection() -> None:
    """Make C(ansible_collections.vcf.lifecycle) importable: ansible-rulebook runs this file without Ansible's importer.

    :raises ImportError: when ansible-core, or the collection, is not there.
    """
    try:
        from ansible import constants
    except ImportError as error:
        raise ImportError("vcf.lifecycle.tasks needs ansible-core in the Python that runs ansible-rulebook.") from error
    here = os.path.abspath(__file__)
    name = os.path.join("ansible_collections", "vcf", "lifecycle")
    # The collection that this file is a part of goes before any other of its name.
    own = here.rpartition(f"{os.sep}{name}{os.sep}")[0]
    for root in filter(None, [own, *constants.COLLECTIONS_PATHS]):
        if os.path.isdir(os.path.join(root, name)):
            if root not in sys.path:
                sys.path.insert(0, root)
            return
    raise ImportError(
        f"vcf.lifecycle.tasks does not find the collection vcf.lifecycle that it belongs to: {here} is in none. "
        "Install the collection, or set ANSIBLE_COLLECTIONS_PATH."
    )


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Put an event into the queue for each thing that happens, until canceled."""
    _find_collection()
    from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
    from ansible_collections.vcf.lifecycle.plugins.plugin_utils.event_source import listen

    try:
        await listen(queue, args)
    except Failure as failure:
        # Its sentence says all that users need, and ansible-rulebook would add where in the code it comes from.
        raise failure.with_traceback(None) from None
