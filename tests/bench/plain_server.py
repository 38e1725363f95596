"""What Sentinel is measured against: a stdio server of the plain SDK with one tool that does nothing."""

from mcp.server import MCPServer

server = MCPServer("plain")


@server.tool()
def nothing() -> str:
    """Does nothing."""
    return "ok"


if __name__ == "__main__":
    server.run("stdio")
