"""What every launch of an AI client or a command loads: the standard library alone."""
