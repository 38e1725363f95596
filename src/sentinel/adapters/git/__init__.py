"""git: a mirror that the daemon owns, and the working copy, which is hostile."""
