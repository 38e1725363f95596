"""Who answers a form that an AI client shows."""

from mcp import types


class Person:
    """Answers every form in the same way, and keeps what was shown."""

    def __init__(self, action: str, phrase: str | None = None) -> None:
        self.shown: list[str] = []
        self._answer = {"action": action, "content": None if phrase is None else {"confirmation": phrase}}

    async def __call__(self, _context: object, params: types.ElicitRequestParams) -> types.ElicitResult:
        assert isinstance(params, types.ElicitRequestFormParams)
        self.shown.append(params.message)
        return types.ElicitResult.model_validate(self._answer)
