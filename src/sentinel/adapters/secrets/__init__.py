"""The secrets that daemon.toml names: read when they are used, kept nowhere, and hidden from every text."""
