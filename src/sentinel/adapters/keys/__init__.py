"""Keys and signatures: release tags, the history, and people's approvals."""
