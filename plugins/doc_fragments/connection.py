# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of module_utils/options.py: connection_spec()."""

from __future__ import annotations


class ModuleDocFragment:
    """Where the service is, and who is asking."""

    DOCUMENTATION = r"""
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
      - The user's password. A login that the service rejects is not tried again, since accounts lock.
      - Can also be set with the environment variable E(VCF_PASSWORD).
    type: str
  token:
    description:
      - An access token, or session id, that was obtained elsewhere. It is used instead of O(username) and O(password).
      - It is never renewed; when it expires the module fails with RV(failure.kind=authentication).
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
notes:
  - Proxies are taken from the usual environment variables (E(HTTPS_PROXY), E(NO_PROXY)).
  - On a C(local) connection, without C(become), C(async) and C(environment), the module runs inside the controller,
    which is faster and lets it show progress. Otherwise it is shipped like any other module. Both give the same result.
requirements:
  - requests >= 2.28
  - pydantic >= 2.6
"""

    # Listed before the general part, whose other words for the same option it keeps.
    FLEET = r"""
options:
  service:
    description:
      - The API that is asked. This module is for Fleet LCM alone, and fails with RV(failure.kind=options) for
        any other. The option is here so that C(module_defaults) may set it for all modules of the collection.
      - Can also be set with the environment variable E(VCF_SERVICE).
    required: false
    default: fleet_lcm
"""

    SDDC = r"""
options:
  service:
    description:
      - The API that is asked. This module is for SDDC Manager alone, and fails with RV(failure.kind=options) for any
        other. The option is here so that C(module_defaults) may set it for all modules of the collection.
      - Can also be set with the environment variable E(VCF_SERVICE).
    required: false
    default: sddc_manager
"""

    # The default of max_outage depends on whether a module waits.
    SHORT_OUTAGE = r"""
options:
  max_outage:
    description:
      - Seconds for which an unbroken outage of the service is ridden out before the module fails.
      - An outage is everything that is not a sensible answer, for example a refused or reset connection, HTTP 5xx or
        429, or the error page of a proxy.
      - A name that does not resolve and a certificate that does not verify fail at once on first contact.
      - Can also be set with the environment variable E(VCF_MAX_OUTAGE).
    type: float
    default: 60.0
"""

    LONG_OUTAGE = r"""
options:
  max_outage:
    description:
      - Seconds for which an unbroken outage of the service is ridden out before the module fails with
        RV(failure.kind=lost_contact), or RV(failure.kind=unreachable) if the service never answered.
      - An outage is everything that is not a sensible answer, for example a refused or reset connection, HTTP 5xx or
        429, or the error page of a proxy. Services that upgrade themselves have outages of many minutes.
      - A name that does not resolve and a certificate that does not verify fail at once on first contact.
      - Can also be set with the environment variable E(VCF_MAX_OUTAGE).
    type: float
    default: 1800.0
"""
