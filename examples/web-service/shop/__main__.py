"""`python shop.pyz --port 8001 --place staging --pid-file /run/shop/pid`, until it gets a SIGTERM."""

import argparse
import os
import pkgutil
import signal
import sys
from pathlib import Path

from shop.server import Shop


def main() -> None:
    """Writes the pid file once it listens, and takes it away again at its end."""
    parser = argparse.ArgumentParser(prog="shop")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--place", choices=["staging", "production"], required=True)
    parser.add_argument("--pid-file", type=Path, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    version = (pkgutil.get_data("shop", "VERSION") or b"development").decode().strip()
    with Shop(options.port, options.place, version) as shop:
        unfinished = options.pid_file.with_suffix(".new")
        unfinished.write_text(f"{os.getpid()}\n")
        unfinished.replace(options.pid_file)
        try:
            shop.serve_forever()
        finally:
            options.pid_file.unlink(missing_ok=True)


main()
