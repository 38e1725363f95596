"""The engine carries out what the core decided, step by step, and survives its own death."""
