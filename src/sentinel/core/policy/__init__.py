"""`sentinel.toml`: what a repository asks of its releases, and what of it a person has trusted."""
