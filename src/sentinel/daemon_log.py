"""The daemon's log: one JSON object a line on stderr, without secrets; whoever started it decides where that goes."""

import asyncio
import logging
import sys
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Mask = Callable[[str], str]


def configure_logging(mask: Mask) -> None:
    """The last line of defence: every text goes through `mask`, whoever logs it."""
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(_MaskedFormatter(mask))
    foreign.addFilter(_is_news)
    logging.basicConfig(handlers=[foreign], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masking(mask),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """All but a harmless race: a socket of anyio is ready in the very turn in which nobody waits for it any more."""
    fault = record.exc_info[0] if record.exc_info else None
    return not (record.name == "asyncio" and fault is asyncio.InvalidStateError)


class _MaskedFormatter(logging.Formatter):
    """For what libraries log."""

    def __init__(self, mask: Mask) -> None:
        super().__init__(logging.BASIC_FORMAT)
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


def _masking(mask: Mask) -> Processor:
    def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            key: value if isinstance(value, int | float | None) else mask(str(value)) for key, value in event.items()
        }

    return masked
