"""Why a request is turned away before any of it is carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from locales import Locale, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """
    A request that is not answered.

    Parameters
    ----------
    name
        Last step of the key ``api.refused.<name>``, and the error's code in capitals.
    status
        HTTP status.
    parameters
        Of the text.
    """

    name: str
    status: int = 400
    parameters: Mapping[str, str | int] = field(default_factory=dict[str, str | int])

    def payload(self, locale: Locale) -> dict[str, object]:
        """Give the body of the answer."""
        message = text(f"api.refused.{self.name}", locale, **self.parameters)
        return {"errors": [{"message": message, "extensions": {"code": self.name.upper()}}]}
