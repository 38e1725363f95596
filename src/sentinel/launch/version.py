"""The version as relay and daemon tell it; looking it up in the package's metadata would slow every relay down."""

VERSION = "0.1.0"
