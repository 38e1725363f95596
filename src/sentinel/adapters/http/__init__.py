"""What runs on staging and in production, over HTTP: health, revision, probes and metrics."""
