"""The explorer at ``/graphiql``: a page and scripts that are all served from here."""

from html import escape
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from graphql_api.languages import locale_of
from locales import text

_QUERY = """query Newest {
  viewer { name roles }
  needs(first: 5) {
    totalCount
    nodes { id title state urgency amount { fen currency } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_PAGE = """<!doctype html>
<html lang="{locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{static}/icon.svg">
<link rel="stylesheet" href="{static}/graphiql.min.css">
<link rel="stylesheet" href="{static}/page.css">
</head>
<body>
<form id="token-form">
<label for="token">{token}</label>
<input id="token" type="password" autocomplete="off" spellcheck="false">
<button type="submit">{use}</button>
<span>{hint}</span>
</form>
<main id="graphiql" data-endpoint="/graphql" data-query="{query}"></main>
<script src="{static}/react.production.min.js"></script>
<script src="{static}/react-dom.production.min.js"></script>
<script src="{static}/graphiql.min.js"></script>
<script src="{static}/start.js"></script>
</body>
</html>
"""
_STATIC = "/static/graphiql"


def add_explorer(app: FastAPI) -> None:
    """Serve the explorer and its files."""

    async def graphiql(request: Request) -> HTMLResponse:
        locale = locale_of(request.headers.get("accept-language"))
        words = {name: text(f"api.explorer.{name}", locale) for name in ("title", "token", "use", "hint")}
        values = {"locale": locale.value, "static": _STATIC, "query": _QUERY, **words}
        return HTMLResponse(_PAGE.format_map({name: escape(value) for name, value in values.items()}))

    app.add_api_route("/graphiql", graphiql, methods=["GET"])
    app.mount(_STATIC, StaticFiles(directory=str(files("graphql_api").joinpath("static/graphiql"))))
