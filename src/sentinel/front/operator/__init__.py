"""The operator socket: what only people may ask for, one JSON line each way."""
