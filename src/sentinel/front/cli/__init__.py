"""The command line (design 3.3)."""
