"""Why a plan gives what it gives: needs, volunteers and funds; what would help; what more would be worth."""

from matching.explain.funds import IdleCode
from matching.explain.needs import ReasonCode, reasons_of
from matching.explain.study import Study, studied
from matching.explain.volunteers import VolunteerCode

__all__ = ["IdleCode", "ReasonCode", "Study", "VolunteerCode", "reasons_of", "studied"]
