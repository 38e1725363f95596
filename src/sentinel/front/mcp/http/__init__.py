"""Streamable HTTP for remote agents: the same tools, for whoever has a token."""
