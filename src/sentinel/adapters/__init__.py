"""Adapters: each touches one thing of the outside world."""
