"""The explorer: all of it comes from here, nothing runs inline, and it speaks both languages."""

import re

import httpx

from graphql_api.settings import ApiSettings
from tests.graphql_api.conftest import KEY, app_over

REFERENCE = re.compile(r'(?:src|href)="([^"]*)"')


async def test_every_file_of_the_page_is_served_from_here(http):
    page = await http.get("/graphiql")
    references = REFERENCE.findall(page.text)
    assert len(references) >= 6
    for reference in references:
        assert reference.startswith("/static/graphiql/")
        assert (await http.get(reference)).status_code == 200
    for name in ("start.js", "page.css", "graphiql.min.css"):
        text = (await http.get(f"/static/graphiql/{name}")).text
        assert not re.search(r"https?://|url\(\s*[\"']?(?!data:image)", text), name


async def test_nothing_on_the_page_runs_inline(http):
    page = await http.get("/graphiql")
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]*src=)|\son\w+=|style=|<style", page.text) == []


async def test_the_page_asks_for_a_token_in_the_readers_language(http):
    english = await http.get("/graphiql", headers={"Accept-Language": "en"})
    chinese = await http.get("/graphiql")
    assert ("Bearer token" in english.text, 'lang="en"' in english.text) == (True, True)
    assert ("访问令牌" in chinese.text, 'lang="zh-CN"' in chinese.text) == (True, True)
    assert 'id="token" type="password"' in chinese.text


async def test_files_beside_the_explorer_stay_closed(http):
    for path in ("../../http.py", "..%2f..%2fhttp.py", "%2e%2e/%2e%2e/schema.graphql", ""):
        assert (await http.get(f"/static/graphiql/{path}")).status_code == 404


async def test_it_can_be_switched_off(ws):
    transport = httpx.ASGITransport(app=app_over(ws, ApiSettings(cursor_key=KEY, graphiql=False)))
    async with httpx.AsyncClient(transport=transport, base_url="http://zhulian.test") as client:
        assert (await client.get("/graphiql")).status_code == 404
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path)).status_code == 404
