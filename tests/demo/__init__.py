# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work on a simulator, with proof that it did what it shows."""
