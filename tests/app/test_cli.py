"""The command as people and scripts call it: what it prints, how it ends, and what it says when it cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import EXIT_STATUS, exit_status
from app.keys import TokenBook
from domain.actors import Role
from domain.errors import PlatformError
from locales import Locale, text

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("zhulian"))
BANK = "序号,姓名\n1,张三\n"


def zhulian(*arguments: object, lang: str = "en", **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEO4J_", "ZHULIAN_"))}
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env={**kept, "ZHULIAN_LANG": lang, "COLUMNS": "200", **environment},
    )


def last_line(done: subprocess.CompletedProcess[str]) -> dict:
    return json.loads(done.stdout.strip().splitlines()[-1])


def without_traceback(done: subprocess.CompletedProcess[str]) -> bool:
    return "Traceback" not in done.stderr + done.stdout


def kinds(kind: type[PlatformError] = PlatformError) -> list[type[PlatformError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in kinds(child))]


@pytest.mark.parametrize("kind", kinds()[1:], ids=lambda kind: kind.code)
def test_each_error_ends_with_the_status_of_its_family(kind):
    status = exit_status(kind("for a test"))
    families = [family for family, _ in EXIT_STATUS if issubclass(kind, family)]
    assert status not in (0, 1)
    assert len(families) == 1


def test_the_command_line_stands_before_any_engine_solver_or_server_is_loaded():
    heavy = [
        "fastapi",
        "granian",
        "ladybug",
        "neo4j",
        "networkx",
        "numpy",
        "ortools",
        "polars",
        "scipy",
        "strawberry",
    ]
    found = subprocess.run(
        [sys.executable, "-c", f"import app.cli, sys; print(*sorted(set({heavy}) & sys.modules.keys()))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert found.stdout.split() == []


def test_an_empty_store_has_an_intact_chain(tmp_path):
    done = zhulian("audit", "verify", "--json", "--data-dir", tmp_path)
    assert (done.returncode, last_line(done)["intact"]) == (0, True)


@pytest.mark.parametrize("lang", [locale.value for locale in Locale])
def test_a_file_that_is_not_there_is_a_sentence_and_no_traceback(tmp_path, lang):
    done = zhulian("import", tmp_path / "absent.csv", "--data-dir", tmp_path / "data", lang=lang)
    assert done.returncode == exit_status(kinds_by_code()["unreadable_file"]("for a test"))
    assert text("errors.unreadable_file", Locale(lang)) in done.stderr
    assert without_traceback(done)


def kinds_by_code() -> dict[str, type[PlatformError]]:
    return {kind.code: kind for kind in kinds()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wrong.csv", BANK.encode()),
        ("empty.csv", b""),
        ("truncated.xlsx", b"PK\x03\x04" + b"\0" * 40),
        ("picture.xls", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
    ],
)
def test_a_file_that_no_mapping_fits_is_refused_in_words(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    done = zhulian("import", tmp_path / name, "--json", "--data-dir", tmp_path / "data")
    assert done.returncode not in (0, 1, 70), done.stderr
    assert without_traceback(done)
    assert name in done.stderr


def test_an_unknown_mapping_is_refused_in_words(tmp_path):
    (tmp_path / "some.csv").write_text(BANK, "utf-8")
    done = zhulian("import", tmp_path / "some.csv", "--mapping", "no-such", "--data-dir", tmp_path / "data")
    assert done.returncode == exit_status(kinds_by_code()["mapping_error"]("for a test"))
    assert without_traceback(done)


def test_a_second_process_on_a_folder_is_told_who_holds_it(tmp_path):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from graph.engines.ladybug import open_ladybug;"
            " store = open_ladybug(sys.argv[1]); print('open', flush=True); sys.stdin.read()",
            str(tmp_path / "graph"),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        done = zhulian("audit", "verify", "--data-dir", tmp_path)
    finally:
        holder.communicate("", timeout=120)
    assert done.returncode == exit_status(kinds_by_code()["store_locked"]("for a test"))
    assert str(holder.pid) in done.stderr
    assert without_traceback(done)
    assert zhulian("audit", "verify", "--data-dir", tmp_path).returncode == 0


def test_a_server_that_does_not_answer_is_named(tmp_path):
    done = zhulian("audit", "verify", "--data-dir", tmp_path, NEO4J_URI="bolt://127.0.0.1:9")
    assert done.returncode == exit_status(kinds_by_code()["graph_unavailable"]("for a test"))
    assert "127.0.0.1:9" in done.stderr
    assert without_traceback(done)


def test_a_setting_out_of_its_range_is_named(tmp_path):
    done = zhulian("audit", "verify", "--data-dir", tmp_path, ZHULIAN_PORT="99999")
    assert done.returncode == exit_status(kinds_by_code()["invalid_settings"]("for a test"))
    assert "port" in done.stderr
    assert without_traceback(done)


def test_the_doctor_finds_a_fresh_machine_well(tmp_path):
    done = zhulian("doctor", "--json", "--data-dir", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done)


def test_the_schema_that_is_committed_is_the_one_served():
    done = zhulian("schema")
    assert done.stdout == (ROOT / "graphql_api" / "schema.graphql").read_text("utf-8")


def issued(tmp_path: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return zhulian("token", "issue", "--account", "li", "--name", "李小四", "--data-dir", tmp_path, *more)


def test_a_token_is_issued_listed_and_revoked(tmp_path):
    roles = ("--role", "STATION_WORKER", "--role", "STATION_LEAD", "--region", "/NBS/32/3205/", "--days", 30)
    done = issued(tmp_path, *roles)
    assert done.returncode == 0, done.stderr
    actor = TokenBook(tmp_path).authenticate(done.stdout.strip())
    assert actor is not None
    assert (actor.id, actor.name, actor.roles) == ("li", "李小四", {Role.STATION_WORKER, Role.STATION_LEAD})
    (account,) = last_line(zhulian("token", "list", "--json", "--data-dir", tmp_path))["accounts"]
    assert (account["account"], account["regions"]) == ("li", ["/NBS/32/3205/"])
    assert account["expires_at"] > account["issued_at"]
    assert "李小四" in zhulian("token", "list", "--data-dir", tmp_path).stdout
    assert zhulian("token", "revoke", "--account", "li", "--data-dir", tmp_path).returncode == 0
    assert TokenBook(tmp_path).authenticate(done.stdout.strip()) is None
    again = zhulian("token", "revoke", "--account", "li", "--data-dir", tmp_path)
    assert again.returncode == exit_status(kinds_by_code()["not_found"]("for a test"))


@pytest.mark.parametrize(
    "given",
    [
        ("--role", "VOLUNTEER", "--region", "/"),
        ("--role", "FEDERATION_OFFICER", "--region", "/"),
        ("--role", "STATION_WORKER", "--region", "NBS"),
        ("--role", "SOMEBODY", "--region", "/"),
        ("--role", "STATION_WORKER"),
    ],
)
def test_an_account_that_could_do_nothing_is_not_made(tmp_path, given):
    done = issued(tmp_path, *given)
    assert done.returncode == 2
    assert without_traceback(done)
    assert TokenBook(tmp_path).list() == ()


def test_the_language_of_the_command_line_stands_above_that_of_the_environment(tmp_path):
    given = ("token", "revoke", "--account", "nobody", "--data-dir", tmp_path)
    assert text("errors.not_found", Locale.ZH_CN) in zhulian("--lang", "zh-CN", *given, lang="en").stderr
    assert text("errors.not_found", Locale.EN) in zhulian("--lang", "en", *given, lang="zh-CN").stderr


@pytest.mark.parametrize("lang", [locale.value for locale in Locale])
def test_a_scenario_is_compared_with_the_round_as_it_is(tmp_path, lang):
    (tmp_path / "more.toml").write_text('name = "more"\nnew_money_fen = 100000\n', encoding="utf-8")
    done = zhulian("whatif", tmp_path / "more.toml", "--json", "--data-dir", tmp_path / "data", lang=lang)
    assert done.returncode == 0, done.stderr
    found = last_line(done)
    assert (found["name"], found["difference"], found["proven"]) == ("more", 0, False)
    assert found["base"] == found["scenario"]


def test_a_scenario_that_does_not_fit_is_refused_in_words(tmp_path):
    (tmp_path / "bad.toml").write_text("nobody = 1\n", encoding="utf-8")
    for name in ("bad.toml", "absent.toml"):
        done = zhulian("whatif", tmp_path / name, "--data-dir", tmp_path / "data")
        assert done.returncode == 2, done.stderr
        assert without_traceback(done)
