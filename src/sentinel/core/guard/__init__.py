"""The guard: whether a shell command deploys outside Sentinel, decided on its parsed text.

A hook runs this before every command of an agent, so these modules import only what the parser loads anyway: no
pydantic, no dataclasses, no typing.
"""
