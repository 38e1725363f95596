"""Running commands so that they survive the daemon, and are never run twice."""
