"""Reads shell texts by a grammar of bash."""
