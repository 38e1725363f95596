"""Sentinel lets AI coding agents release software through gates that they cannot open themselves."""
