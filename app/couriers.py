"""Ways by which notices leave the house, as far as the settings have them."""

from collections.abc import Callable
from datetime import datetime

from app.settings import Settings
from domain.errors import SettingsError
from workflows.notices.mail import MailCourier, MailServer
from workflows.notices.sending import Courier
from workflows.notices.webhook import WebhookCourier


def couriers_of(settings: Settings, clock: Callable[[], datetime]) -> list[Courier]:
    """
    Give the couriers that are set up; without any, notices stay in the inboxes.

    Raises
    ------
    SettingsError
        A webhook has an address and no secret.
    """
    found: list[Courier] = []
    if settings.webhook_url is not None:
        if settings.webhook_secret is None:
            raise SettingsError(
                "a webhook needs a secret", setting="ZHULIAN_WEBHOOK_SECRET", reason="missing"
            )
        secret = settings.webhook_secret.get_secret_value().encode()
        found.append(WebhookCourier(settings.webhook_url, secret, clock))
    if settings.smtp_host is not None:
        password = settings.smtp_password
        found.append(
            MailCourier(
                MailServer(
                    host=settings.smtp_host,
                    port=settings.smtp_port,
                    sender=settings.mail_from,
                    user=settings.smtp_user,
                    password=None if password is None else password.get_secret_value(),
                    starttls=settings.smtp_starttls,
                )
            )
        )
    return found
