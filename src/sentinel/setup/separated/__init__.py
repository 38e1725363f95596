"""Setting a machine up for separated mode: users, folders, settings, and the service."""
