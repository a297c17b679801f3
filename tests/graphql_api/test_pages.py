"""The pages people read: who may, in which language, and that they show what was computed and nothing else."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.needs import NeedCategory, Urgency
from graphql_api.http import create_app
from graphql_api.report import charts
from graphql_api.report.pages import COOKIE, local_target
from graphql_api.report.render import at_most, percent
from locales import Locale, catalogue
from matching.plan import PlanStatus
from tests.builders import CITY, World, worker
from tests.graphql_api.conftest import SETTINGS
from workflows.people import matcher_actor
from workflows.rounds.running import RoundRequest, publish_round, run_round

TEMPLATES = Path(__file__).parents[2] / "graphql_api" / "templates"
STATIC = Path(__file__).parents[2] / "graphql_api" / "static" / "report"


class _Outline(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if word)


@pytest.fixture
async def round_(ws):
    request = RoundRequest(region_path=CITY, time_limit_s=20.0)
    return (await run_round(ws, matcher_actor(CITY), request)).round


@pytest.fixture
async def page(http, round_):
    async def opened(*, lang: str = "en", token: str = "worker") -> httpx.Response:  # noqa: S107 - a name
        http.cookies.set(COOKIE, token)
        return await http.get(f"/rounds/{round_.id}", params={"lang": lang})

    return opened


async def test_a_report_shows_the_figures_of_its_round(page, round_):
    answer = await page()
    text = _Outline(answer.text).text
    assert answer.status_code == 200
    assert f"{round_.fulfilled} / {round_.needs}" in text
    assert round_.plan_digest[:8] in text
    assert f"{round_.value:,} points" in text
    assert "Passed, 0 violations" in text
    assert "助困基金" in text
    assert "杨舍镇" in text


@pytest.mark.parametrize(("lang", "title"), [("zh-CN", "匹配轮次报告"), ("en", "Report of a matching round")])
async def test_a_report_speaks_the_language_asked_for(page, lang, title):
    outline = _Outline((await page(lang=lang)).text)
    assert title in outline.text
    assert ("html", {"lang": lang}) in outline.tags


async def test_every_unmet_need_stands_with_its_reason(http, ws, round_, page):
    text = _Outline((await page()).text).text
    unmet = round_.needs - round_.fulfilled
    assert f"One by one ({unmet} of {unmet})" in text or unmet == 0
    for entry in round_.summary["unmet"]:
        assert catalogue(Locale.EN)[f"report.reason.{entry['code']}"] in text


async def test_a_page_needs_no_script_and_nothing_from_elsewhere(page):
    outline = _Outline((await page()).text)
    for tag, attributes in outline.tags:
        assert tag not in {"script", "iframe", "style"}
        assert "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href", "action"):
            address = attributes.get(name) or "/"
            assert address.startswith(("/", "#"))
            assert not address.startswith("//")


async def test_every_chart_has_its_figures_or_a_label(page):
    tags = _Outline((await page()).text).tags
    drawn = [attributes for tag, attributes in tags if tag == "svg"]
    assert len(drawn) > 4
    for attributes in drawn:
        assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")


async def test_what_is_typed_in_is_shown_as_text(memory_store, ws, http):
    world = World()
    world.need("marked", slots=1, skill="LEGAL_AID", title="<script>alert(1)</script>")
    await world.write(memory_store)
    outcome = await run_round(ws, matcher_actor(CITY), RoundRequest(region_path=CITY, time_limit_s=20.0))
    http.cookies.set(COOKIE, "worker")
    html = (await http.get(f"/rounds/{outcome.round.id}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html


@pytest.mark.parametrize("token", ["", "nobody"])
async def test_without_a_known_token_there_is_only_the_way_in(http, round_, token):
    if token:
        http.cookies.set(COOKIE, token)
    answer = await http.get(f"/rounds/{round_.id}", params={"lang": "en"})
    assert answer.status_code == 401
    assert round_.plan_digest[:8] not in answer.text
    assert ("input", "password") in {(tag, a.get("type")) for tag, a in _Outline(answer.text).tags}


async def test_a_round_elsewhere_is_answered_like_one_that_does_not_exist(page, http, round_):
    elsewhere = await page(token="stranger")  # noqa: S106 - a name
    nowhere = await http.get("/rounds/none", params={"lang": "en"})
    assert elsewhere.status_code == nowhere.status_code == 404
    assert elsewhere.text.replace(round_.id, "none") == nowhere.text


async def test_an_officer_sees_a_round_once_it_is_published_and_only_their_own_funds_by_name(
    page, ws, round_
):
    assert (await page(token="officer")).status_code == 404  # noqa: S106 - a name
    await publish_round(ws, worker(), round_.id, expected_version=round_.version)
    text = _Outline((await page(token="officer")).text).text  # noqa: S106 - a name
    assert "助困基金" in text
    assert "Published" in text


async def test_a_volunteer_sees_no_round(page):
    assert (await page(token="volunteer")).status_code == 404  # noqa: S106 - a name


async def test_a_link_with_a_token_leaves_a_cookie_and_a_clean_address(http, round_):
    answer = await http.get(f"/rounds/{round_.id}?token=worker&lang=en")
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/rounds/{round_.id}?lang=en"
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await http.get(answer.headers["location"])).status_code == 200


async def test_the_form_lets_in_with_a_token_and_goes_only_to_pages_of_this_service(http, round_):
    answer = await http.post("/enter", content=f"token=worker&to=/rounds/{round_.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rounds/{round_.id}")
    astray = await http.post("/enter", content="token=worker&to=//elsewhere.example")
    assert astray.headers["location"] == "/"
    assert (await http.post("/enter", content="token=nobody&to=/")).status_code == 401
    from_elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert (await http.post("/enter", content="token=worker&to=/", headers=from_elsewhere)).status_code == 400
    assert (await http.post("/enter", content=b"token=" + b"x" * 10_000)).status_code == 400


async def test_a_link_never_changes_who_is_at_work(http, round_):
    http.cookies.set(COOKIE, "worker")
    answer = await http.get(f"/rounds/{round_.id}", params={"token": "officer", "lang": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rounds/{round_.id}?lang=en")
    assert "set-cookie" not in answer.headers
    http.cookies.set(COOKIE, "ended long ago")
    answer = await http.get("/", params={"token": "officer"})
    assert f"{COOKIE}=officer" in answer.headers["set-cookie"]


async def test_a_form_of_many_fields_is_refused_and_no_fault(http):
    form = "&".join(f"field{i}=x" for i in range(11)) + "&token=worker"
    answer = await http.post(
        "/enter", content=form, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_the_cookie_does_not_open_the_api(http):
    http.cookies.set(COOKIE, "worker")
    assert (await http.post("/graphql", json={"query": "{ viewer { name } }"})).status_code == 401


async def test_the_start_page_lists_the_rounds_of_the_reader(http, round_):
    http.cookies.set(COOKIE, "worker")
    tags = _Outline((await http.get("/", params={"lang": "en"})).text).tags
    assert ("a", {"href": f"/rounds/{round_.id}?lang=en"}) in tags
    http.cookies.set(COOKIE, "stranger")
    assert round_.id not in (await http.get("/")).text


async def test_pages_are_kept_by_no_cache_and_framed_by_nobody(page):
    headers = (await page()).headers
    assert headers["cache-control"] == "private, no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]


async def test_a_city_of_other_needs_shows_no_empty_tables(memory_store, ws, http):
    """A round over nothing is a page too."""
    outcome = await run_round(ws, matcher_actor("/NBS/11/"), RoundRequest(region_path="/NBS/11/"))
    transport = httpx.ASGITransport(app=app_over_everywhere(ws))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as client:
        client.cookies.set(COOKIE, "anybody")
        answer = await client.get(f"/rounds/{outcome.round.id}", params={"lang": "en"})
    assert answer.status_code == 200
    assert "0 / 0" in _Outline(answer.text).text


def app_over_everywhere(ws):
    return create_app(ws, authenticate=lambda _token: worker(path="/"), settings=SETTINGS)


@pytest.mark.parametrize(
    "target", ["https://elsewhere", "//elsewhere", "/\\elsewhere", "elsewhere", "", "/x\r\nSet-Cookie: a=b"]
)
def test_only_paths_of_this_service_are_gone_on_to(target):
    assert local_target(target) == "/"


@given(st.lists(st.floats(-1, 2), max_size=6), st.floats(-1, 2))
def test_a_bar_never_leaves_its_frame(shares, scale):
    drawn = charts.bar([charts.Part(share=share, css="full") for share in shares], scale=scale)
    parts = [
        (float(x), float(width)) for x, width in re.findall(r'x="([\d.]+)" width="([\d.]+)"', str(drawn))
    ]
    track = parts[0][1]
    assert 0 < track <= 240
    assert all(x + width <= track + 0.02 for x, width in parts)


@given(st.floats(0, 1))
def test_something_is_never_shown_as_nothing_nor_less_than_all_as_all(share):
    assert (percent(share) == "0%") == (share == 0)
    assert (percent(share) == "100%") == (share == 1)


@given(st.floats(0, 1))
def test_a_gap_is_promised_with_no_more_than_it_holds(share):
    promised = float(at_most(share).removesuffix("%")) / 100
    assert share - 1e-9 <= promised <= share + 0.0001 + 1e-9


def test_every_text_of_the_templates_exists():
    used = {
        key
        for path in TEMPLATES.glob("*.html")
        for key in re.findall(r"""\bt\(\s*["']([a-z_.]+)["']\s*[,)]""", path.read_text("utf-8"))
    }
    families = {
        "report.lead_": PlanStatus,
        "reasons.status.": PlanStatus,
        "report.urgency.": Urgency,
        "report.category.": NeedCategory,
    }
    used |= {prefix + member.value for prefix, members in families.items() for member in members}
    used |= {
        key.replace("reasons.code.", "report.reason.")
        for key in catalogue(Locale.EN)
        if key.startswith("reasons.code.")
    }
    assert len(used) > 60
    assert used - set(catalogue(Locale.EN)) == set()


def test_the_style_sheet_asks_for_nothing_from_elsewhere():
    for path in STATIC.iterdir():
        content = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|url\(|@import", content), path.name
