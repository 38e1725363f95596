"""The release tools over MCP, for both protocol eras (design 3.1 and 9)."""
