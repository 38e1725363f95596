"""What people may ask for, by theme: every request with its handler (see `sentinel.engine.api`)."""
