"""One line from a person at a real terminal (protocol 3.2)."""

import sys
import termios


def is_terminal() -> bool:
    return sys.stdin.isatty()


def read_line(prompt: str) -> str:
    """What is typed after `prompt` appeared; what was typed before it was not meant for it, and is thrown away.

    Whatever was typed is a line: bytes that are no text become replacement characters.
    """
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    sys.stdout.write(f"{prompt} ")
    sys.stdout.flush()
    return sys.stdin.buffer.readline().decode(errors="replace").removesuffix("\n")
