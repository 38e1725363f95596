"""Sentinel lets AI coding agents release software through gates that they cannot open themselves."""

VERSION = "0.1.0"
"""As relay and daemon tell it; looking it up in the package's metadata would slow every relay down."""
