"""Case conferences and what they may decide."""

from enum import StrEnum

from domain.needs import NeedState


class ConferenceState(StrEnum):
    """A conference is decided once; a need that is stuck again gets another."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"


class ConferenceDecision(StrEnum):
    """What becomes of the need."""

    WAIT_FOR_ROUND = "WAIT_FOR_ROUND"
    OPEN_FOR_CLAIMS = "OPEN_FOR_CLAIMS"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"

    @property
    def leads_to(self) -> NeedState:
        """The state that the decision brings the need to."""
        return {
            "WAIT_FOR_ROUND": NeedState.MATCHING,
            "OPEN_FOR_CLAIMS": NeedState.VERIFIED,
            "CLOSE": NeedState.CLOSED,
            "CANCEL": NeedState.CANCELLED,
        }[self.value]
