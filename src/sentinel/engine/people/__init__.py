"""What people may ask, one module for each subject: every request with its handler (see `sentinel.engine.api`)."""
