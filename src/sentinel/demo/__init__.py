"""`sentinel demo`: the whole protocol in about a minute, on real git, scripts, services, relay and terminal."""
