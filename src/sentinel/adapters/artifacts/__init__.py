"""Kept artifacts: collected from the build once, and handed out as read-only copies."""
