"""Why `sentinel demo` did not show what it promises."""

from sentinel.errors import SentinelError


class DemoFailedError(SentinelError):
    problem = "The demo failed in scene {scene}: expected {expected}, found {found}."
    remedy = "Run `sentinel demo --keep`; the folder that it keeps holds the daemon's log and those of the scripts."
    exit_code = 1


class DemoProgramMissingError(SentinelError):
    problem = "The demo needs the program {program}, which is not on PATH."
    remedy = "Install it, then run `sentinel demo` again."


class DemoLeftoverError(SentinelError):
    problem = "The demo left something behind that should have ended by itself: {left}."
    remedy = "What ran was ended; please report it."
    exit_code = 1


class DemoSampleError(SentinelError):
    problem = "The demo's sample is not the one that it was written for: {file} does not contain {text}."
    remedy = "Install Sentinel again, or take back what was changed in the sample."
