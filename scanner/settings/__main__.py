"""Writes the settings file with every default: `python -m scanner.settings > scanner.toml`."""

import sys

from scanner.settings.template import template

sys.stdout.write(template())
