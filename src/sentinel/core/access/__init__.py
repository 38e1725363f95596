"""Who may do what: tokens, and secrets with their masking."""
