"""Funds on the command line, over an empty graph and the shipped templates."""

import json

import pytest

from app.cli import EXIT_STATUS, main
from domain.errors import NotFoundError
from workflows.funds.programmes import programme_templates

NOT_FOUND = next(status for family, status in EXIT_STATUS if issubclass(NotFoundError, family))


@pytest.fixture
def zhulian(monkeypatch, capsys, tmp_path):
    """Runs the command in this process; gives its status and the JSON of its last line."""
    monkeypatch.setenv("ZHULIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ZHULIAN_LANG", "en")
    monkeypatch.delenv("NEO4J_URI", raising=False)

    def run(*arguments: str) -> tuple[int, dict]:
        monkeypatch.setattr("sys.argv", ["zhulian", "funds", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr().out.strip().splitlines()
        told = json.loads(out[-1]) if out and out[-1].startswith("{") else {}
        return int(ended.value.code or 0), told

    return run


def test_templates_are_listed_with_who_says_so(zhulian):
    status, told = zhulian("templates", "--json")
    assert (status, [each["id"] for each in told["templates"]]) == (0, list(programme_templates()))
    assert zhulian("templates") == (0, {})


def test_an_empty_graph_has_nothing_to_tell(zhulian):
    assert zhulian("tick", "--json") == (0, {"in_force": [], "stuck": [], "expired_units": 0})
    assert zhulian("list", "--json") == (0, {"funds": []})
    assert zhulian("list") == (0, {})
    assert zhulian("expiring", "--by", "2026-06-01", "--json") == (0, {"day": "2026-06-01", "stock": []})


def test_what_nobody_wrote_down_is_not_found(zhulian):
    assert zhulian("year", "charity", "2026") == (NOT_FOUND, {})
    assert zhulian("qualifies", "fund:0002") == (NOT_FOUND, {})
