"""The base of every value that is persisted or crosses a wire."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value; an unknown field is an error, so that a typo or a newer writer is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
