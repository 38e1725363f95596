"""The state machine: the project document, the transition table, and every change that may be made."""
