# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call of a module costs."""
