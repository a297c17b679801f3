"""
A donor's page: ``/gifts/<code>`` for people, ``/gifts/<code>.json`` for programs, ``/gifts`` to type a code in.

No account is needed. A code has 80 bits, so knowing one is holding the receipt; asking is limited all the same. No
beneficiary is shown, nor the donor's own name.
"""

from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from domain.donations import minor_text
from domain.money import yuan_text
from domain.publication import CROWD
from domain.time import civil_date
from graph.reads.donations import GiftTrace
from graphql_api.rates import RateLimit
from graphql_api.report.pages import page_locale
from graphql_api.report.render import render
from graphql_api.settings import ApiSettings
from locales import Locale, text
from workflows.certificates.printing import day_text
from workflows.donations.codes import read_code
from workflows.donations.tracing import trace_by_code
from workflows.workspace import Workspace

_STATIC = "/static/report"
_NOT_KEPT = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def add_gift_pages(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    """Serve what became of gifts, by the codes on their receipts."""
    pages = _GiftPages(workspace, settings)
    app.add_api_route("/gifts", pages.ask, methods=["GET"])
    app.add_api_route("/gifts/{code}.json", pages.as_json, methods=["GET"])
    app.add_api_route("/gifts/{code}", pages.page, methods=["GET"])


class _GiftPages:
    def __init__(self, workspace: Workspace, settings: ApiSettings) -> None:
        self._workspace = workspace
        self._limit = RateLimit(
            per_minute=settings.verifications_per_minute, burst=settings.verification_burst
        )

    async def ask(self, request: Request, code: str = "") -> Response:
        """Ask for a code, or lead on to its page."""
        locale = page_locale(request)
        known = read_code(code)
        if known is not None:
            return RedirectResponse(f"/gifts/{known}?lang={quote(locale.value)}", 303, headers=_NOT_KEPT)
        return self._html(request, locale, None, status=400 if code else 200, asks=not code)

    async def page(self, request: Request, code: str) -> Response:
        """Show a gift to whoever has its code."""
        locale = page_locale(request)
        if not self._admits(request):
            return self._html(request, locale, None, status=429)
        found = await trace_by_code(self._workspace, code)
        return self._html(request, locale, found, status=404 if found is None else 200)

    async def as_json(self, request: Request, code: str) -> Response:
        """Give a gift to whoever has its code."""
        if not self._admits(request):
            return JSONResponse({"state": "TOO_MANY_REQUESTS"}, status_code=429, headers=_NOT_KEPT)
        found = await trace_by_code(self._workspace, code)
        if found is None:
            return JSONResponse({"state": "UNKNOWN"}, status_code=404, headers=_NOT_KEPT)
        return JSONResponse(_plain(found), headers=_NOT_KEPT)

    def _admits(self, request: Request) -> bool:
        return self._limit.admits(request.client.host if request.client else "")

    def _html(
        self, request: Request, locale: Locale, found: GiftTrace | None, *, status: int, asks: bool = False
    ) -> HTMLResponse:
        html = render(
            "gift.html",
            locale,
            path=request.url.path,
            static=_STATIC,
            rows=[] if found is None else _rows(found, locale),
            helped=[] if found is None else _helped(found, locale),
            changes=[] if found is None else _changes(found, locale),
            crowd=CROWD,
            busy=status == 429,
            asks=asks,
        )
        return HTMLResponse(html, status_code=status, headers=_NOT_KEPT)


def _plain(found: GiftTrace) -> dict[str, object]:
    gift = found.gift
    return {
        "state": gift.state.value,
        "amount_fen": gift.amount_fen,
        "refunded_fen": gift.refunded_fen,
        "currency": gift.currency,
        "foreign_amount": gift.foreign_amount,
        "given_on": None if gift.given_on is None else gift.given_on.isoformat(),
        "receipt_number": gift.receipt_number,
        "posted_on": None if gift.posted_at is None else civil_date(gift.posted_at).isoformat(),
        "charity": found.charity,
        "fund": found.fund,
        "restriction_text": gift.restriction_text,
        "used_fen": found.used_fen,
        "promised_fen": found.promised_fen,
        "book_spent_fen": found.book_spent_fen,
        "book_available_fen": found.book_available_fen,
        "helped": [
            {
                "category": each.category.value,
                "beneficiaries": each.subjects,
                "amount_fen": each.amount_fen,
            }
            for each in found.helped
        ],
        "changes": [
            {
                "state": each.state.value,
                "ground": each.ground.value,
                "asked_on": civil_date(each.asked_at).isoformat(),
            }
            for each in found.changes
        ],
    }


def _rows(found: GiftTrace, locale: Locale) -> list[tuple[str, str]]:
    gift = found.gift

    def yuan(fen: int | None) -> str | None:
        return None if fen is None else text("donations.receipt.yuan", locale, amount=yuan_text(fen))

    foreign = None
    if gift.currency is not None and gift.foreign_amount is not None:
        foreign = f"{minor_text(gift.currency, gift.foreign_amount)} {gift.currency}"
    shown = {
        "state": text(f"donations.state.{gift.state.value}", locale),
        "amount": yuan(gift.amount_fen),
        "foreign": foreign,
        "refunded": yuan(gift.refunded_fen or None),
        "given_on": None if gift.given_on is None else day_text(gift.given_on, locale),
        "receipt_number": gift.receipt_number,
        "posted_on": None if gift.posted_at is None else day_text(civil_date(gift.posted_at), locale),
        "charity": found.charity,
        "fund": found.fund,
        "wish": gift.restriction_text,
    }
    if gift.in_books:
        shown |= {
            "used": yuan(found.used_fen),
            "promised": yuan(found.promised_fen),
            "book_spent": yuan(found.book_spent_fen),
            "book_available": yuan(found.book_available_fen),
        }
    return [(text(f"donations.page.{name}", locale), value) for name, value in shown.items() if value]


def _helped(found: GiftTrace, locale: Locale) -> list[str]:
    return [
        text(
            "donations.page.helped_row",
            locale,
            category=text(f"report.category.{each.category.value}", locale),
            subjects=each.subjects,
            amount=yuan_text(each.amount_fen),
        )
        for each in found.helped
    ]


def _changes(found: GiftTrace, locale: Locale) -> list[str]:
    return [
        text(
            "donations.page.change_row",
            locale,
            day=day_text(civil_date(each.asked_at), locale),
            state=text(f"donations.change_state.{each.state.value}", locale),
            ground=text(f"donations.change_ground.{each.ground.value}", locale),
        )
        for each in found.changes
    ]
