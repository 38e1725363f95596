"""The release tools over MCP, for both protocol eras."""
