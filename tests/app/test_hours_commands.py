"""The ledger and certificates on the command line, over a city that was imported."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.cli import main
from app.keys import secret_key
from tests.app.test_cli import last_line
from tests.app.test_cli import zhulian as command
from workflows.certificates.signing import (
    Claims,
    Revocation,
    RevocationList,
    Signer,
    code_digest,
    key_text,
)

CLAIMS = Claims(
    code="ab" * 16,
    serial="ZYFW-320582-2026-000001-69",
    name="张*三",
    id_mask="1234",
    minutes=780,
    since=date(2026, 1, 1),
    until=date(2026, 6, 30),
    issuer="市慈善总会",
    issued_on=date(2026, 7, 1),
    digest="cd" * 16,
)


@pytest.fixture
def zhulian(monkeypatch, capsys, tmp_path):
    """Runs the command in this process; gives its status and the JSON of its last line."""
    monkeypatch.setenv("ZHULIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ZHULIAN_LANG", "en")
    monkeypatch.delenv("NEO4J_URI", raising=False)

    def run(*arguments: object) -> tuple[int, dict]:
        monkeypatch.setattr("sys.argv", ["zhulian", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr().out.strip().splitlines()
        told = json.loads(out[-1]) if out and out[-1].startswith("{") else {}
        return int(ended.value.code or 0), told

    return run


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    signer = Signer(b"k" * 32)
    noon = datetime(2026, 3, 2, 4, tzinfo=UTC)
    gone = Revocation(code_digest=code_digest(CLAIMS.code), revoked_at=noon)
    made = {
        "pdf": signer.seal(b"%PDF-1.7\n...", signer.sign_claims(CLAIMS)),
        "key": key_text(signer.public_key).encode(),
        "none": signer.sign_list(RevocationList(number=0, issued_at=noon, revoked=())).encode(),
        "revoked": signer.sign_list(RevocationList(number=1, issued_at=noon, revoked=(gone,))).encode(),
    }
    made["changed"] = made["pdf"].replace(b"1.7", b"1.6")
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in made}


@pytest.mark.parametrize(
    ("presented", "listed", "verdict"),
    [
        ("pdf", None, "VALID"),
        ("pdf", "none", "VALID"),
        ("changed", "none", "ALTERED"),
        ("pdf", "revoked", "REVOKED"),
        ("pdf", "pdf", "INVALID_INPUT"),
    ],
)
def test_a_certificate_is_checked_offline(zhulian, files, presented, listed, verdict):
    options = ["--revocations", files[listed]] if listed else []
    status, told = zhulian(
        "certificate", "verify", files[presented], "--public-key", files["key"], *options, "--json"
    )
    if verdict == "INVALID_INPUT":  # the list's signature does not fit
        assert (status, told["verdict"]) == (1, "LIST_UNREADABLE")
        return
    assert (status, told["verdict"]) == (0 if verdict == "VALID" else 1, verdict)
    assert told["serial"] == (None if verdict == "ALTERED" else CLAIMS.serial)


def test_the_text_of_the_qr_code_will_do(zhulian, files):
    text = "https://zl.test/verify/x#" + Signer(b"k" * 32).sign_claims(CLAIMS)
    status, told = zhulian("certificate", "verify", text, "--public-key", files["key"], "--json")
    assert (status, told["minutes"]) == (0, 780)


def test_an_imported_citys_books_hold_and_its_stars_are_published(tmp_path):
    def run(*arguments: object) -> tuple[int, dict]:
        done = command(*arguments, "--json", ZHULIAN_DATA_DIR=str(tmp_path / "var"))
        return done.returncode, last_line(done)

    assert run("generate", "--out", tmp_path / "city")[0] == 0
    tables = [path for path in sorted((tmp_path / "city").iterdir()) if path.name.startswith(("01", "08"))]
    assert run("import", *tables)[0] == 0
    status, proof = run("hours", "prove")
    assert (status, proof["holds"], proof["ledger_total_min"], proof["findings"]) == (0, True, 0, [])
    assert proof["ledger_entries"] == proof["ledger_volunteers"] > 0
    assert proof["ledger_verified_min"] > 0
    status, stars = run("hours", "stars")
    assert status == 0
    assert stars["stars_published"] > 0
    assert run("hours", "unfinished") == (0, {"unfinished": 0})
    assert run("certificate", "list") == (0, {"certificates": []})
    assert len(secret_key(tmp_path / "var", "certificate")) == 32
