"""Progress notifications on the screen: every new state on a line of its own, what moves within it on a live line."""

import re
from datetime import timedelta

from sentinel.demo.screen import Screen

_VERIFICATION = re.compile(r"VERIFYING: .*\((?:(\d+):)?(\d+):(\d\d) left, (\d+ of \d+ probes failed \([^)]*\))")
_STATE = re.compile(r"\b([A-Z_]+): ")


class Moving:
    """Told of every sentence of progress; `last` is the last of all, `watched` the last that a verification showed."""

    def __init__(self, screen: Screen, state: str) -> None:
        self.watched = "no progress"
        self.last = "no progress"
        self._screen = screen
        self._state = state
        self._window = timedelta(0)

    def __call__(self, sentence: str) -> None:
        self.last = sentence
        if (state := _STATE.search(sentence)) is not None:
            self.enter(state[1])
        found = _VERIFICATION.match(sentence)
        if found is None:
            return
        hours, minutes, seconds = (int(number or 0) for number in found.groups()[:3])
        left = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        self.watched = found[4]
        self._window = max(self._window, left)
        done = 1 - left / self._window if self._window else 1.0
        self._screen.live(f"{seconds + 60 * minutes:2} s left, {found[4]}", done)

    def enter(self, state: str) -> None:
        if state != self._state:
            self._screen.end_live()
            self._screen.says("state", f"{self._state} → {state}")
            self._state = state
