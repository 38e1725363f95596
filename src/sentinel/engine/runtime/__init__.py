"""Runs operations step by step, and takes them up again after a crash."""
