"""The audit chain, and the findings that count against a release."""
