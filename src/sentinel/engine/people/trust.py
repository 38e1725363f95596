"""A person reads what the repository would have executed, and pins it."""

from typing import ClassVar

from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.pinning import Trusting, TrustPreview
from sentinel.engine.statuses import Answer


class PreviewTrust(OperatorRequest):
    wire: ClassVar[str] = "trust_preview"

    async def carry_out(self, call: Call) -> TrustPreview:
        return await Trusting(call.world, call.projects, call.views).preview(call.project_id)


class Trust(OperatorRequest):
    """`digest` is that of the preview that was read."""

    wire: ClassVar[str] = "trust"
    digest: str

    async def carry_out(self, call: Call) -> Answer:
        trusting = Trusting(call.world, call.projects, call.views)
        return await trusting.trust(call.project_id, digest=self.digest, by=call.by)
