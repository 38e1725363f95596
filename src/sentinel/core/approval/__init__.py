"""The question to a human, its plan, and who may answer it."""
