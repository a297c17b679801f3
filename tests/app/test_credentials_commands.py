"""Two regions on the command line: trust is set up, a record issued, carried, shown, checked, revoked."""

import json
from pathlib import Path

import pytest

from tests.app.test_cli import last_line
from tests.app.test_cli import zhulian as command

NOW = 1_795_300_000
ISSUER, LIST, KIND = "https://sh.example", "https://sh.example/l1", "urn:cn:volunteer:record:1"


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: object, at: int = 0, status: int = 0, where: str = "") -> str:
        timed = ["--now", NOW + at] if at is not None else []
        data = ["--data-dir", self.folder / where] if where else []
        done = command(*arguments, *timed, *data)
        assert done.returncode == status, done.stderr
        return done.stdout

    def path(self, name: str) -> Path:
        return self.folder / name

    def write(self, name: str, value: object) -> Path:
        self.path(name).write_text(json.dumps(value), encoding="utf-8")
        return self.path(name)


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    """Two regions with an agreement in force, a bundle, a credential and a status list."""
    desk = Desk(tmp_path_factory.mktemp("trust"))
    p = desk.path
    desk.run("trust", "init", "--region", "310000", "--out", p("a.keys"), where="a")
    desk.run("trust", "init", "--region", "330100", "--out", p("b.keys"), where="b")
    desk.run(
        "trust", "registry", ISSUER, "--region", "310000", "--type", KIND, "--out", p("sh.keys"), where="a"
    )
    desk.run("trust", "region", p("a.keys"), at=None, where="b")
    desk.run("trust", "region", p("b.keys"), at=None, where="a")
    taken = ["--region", "310000", "--type", KIND, "--keys", p("sh.keys"), "--out", p("taken")]
    desk.run("trust", "registry", ISSUER, *taken, where="b")
    terms = [
        "--id",
        "sh-hz",
        "--from",
        "310000",
        "--to",
        "330100",
        "--since",
        NOW,
        "--until",
        "2027-06-01T00:00:00Z",
    ]
    desk.run("trust", "agreement", "propose", p("ag.json"), *terms, at=None)
    for side in "ab":
        desk.run("trust", "agreement", "sign", p("ag.json"), where=side)
    desk.run("trust", "agreement", "activate", p("ag.json"), where="b")
    desk.run("trust", "bundle", "--out", p("b.bundle"), where="b")
    desk.path("me.pub").write_text(desk.run("credential", "key", p("me.jwk"), at=None), encoding="utf-8")
    said = {"vct": KIND, "jti": "urn:1", "name": "王芳", "minutes": {"clocked": 60, "manual": 0}}
    desk.write("claims.json", {**said, "entries": [{"id": "e1", "minutes": 40}, {"id": "e2", "minutes": 20}]})
    place = ["--holder", p("me.pub"), "--status-uri", LIST, "--status-index", 7, "--decoys", 2]
    desk.run(
        "credential", "issue", p("claims.json"), "--iss", ISSUER, *place, "--out", p("me.cred"), where="a"
    )
    listed = ["--iss", ISSUER, "--uri", LIST, "--out", p("l1.jwt")]
    desk.run("credential", "status", p("l1.json"), *listed, where="a")
    shown = ["--show", "name", "--show", "entries/1", "--aud", "hz", "--nonce", "n1", "--out", p("shown")]
    desk.run("credential", "present", p("me.cred"), "--key", p("me.jwk"), *shown, at=5)
    return desk


def verified(desk: Desk, *arguments: object, status: int = 0, at: int = 6, lists: str = "l1.jwt") -> dict:
    p = desk.path
    asked = [
        "--trust",
        p("b.bundle"),
        "--anchor",
        p("b.keys"),
        "--status-list",
        p(lists),
        "--aud",
        "hz",
        "--nonce",
        "n1",
    ]
    done = command("credential", "verify", *arguments, *asked, "--now", NOW + at, "--json")
    assert done.returncode == status, done.stderr
    return last_line(done)


def test_a_record_of_one_region_is_good_in_the_other(desk: Desk):
    verdict = verified(desk, desk.path("shown"))
    assert (verdict["accepted"], verdict["code"], verdict["region"]) == (True, "ACCEPTED", "310000")
    assert (verdict["agreement"], verdict["replay_checked"]) == (["sh-hz", 1], False)
    assert (verdict["claims"]["name"], verdict["claims"]["entries"]) == (
        "王芳",
        [{"id": "e2", "minutes": 20}],
    )
    assert "minutes" not in verdict["claims"]


def test_what_was_shown_once_is_refused_where_it_is_remembered(desk: Desk):
    memory = ["--memory", desk.path("memory.db")]
    assert verified(desk, desk.path("shown"), *memory)["code"] == "ACCEPTED"
    assert verified(desk, desk.path("shown"), *memory, status=1)["code"] == "REPLAYED"


def test_many_are_checked_a_line_each(desk: Desk):
    shown = desk.path("shown").read_text().strip()
    lines = [
        {"id": "good", "presentation": shown},
        {"id": "other nonce", "presentation": shown, "nonce": "n2"},
        {"id": "late", "presentation": shown, "now": NOW + 900},
        {"id": "own lists", "presentation": shown, "status_lists": {LIST: "x"}},
        {"id": "nothing"},
    ]
    batch = desk.path("batch.jsonl")
    batch.write_text("\n".join([shown, "", *(json.dumps(each) for each in lines), "{"]), encoding="utf-8")
    p = desk.path
    asked = ["--trust", p("b.bundle"), "--anchor", p("b.keys"), "--status-list", p("l1.jwt"), "--aud", "hz"]
    done = command("credential", "verify", batch, "--batch", *asked, "--nonce", "n1", "--now", NOW + 6)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(each["id"], each["code"]) for each in verdicts] == [
        (1, "ACCEPTED"),
        ("good", "ACCEPTED"),
        ("other nonce", "BINDING_NONCE"),
        ("late", "BINDING_STALE"),
        ("own lists", "STATUS_LIST_MALFORMED"),
        ("nothing", "MALFORMED"),
        (8, "MALFORMED"),
    ]


def test_what_is_revoked_in_one_region_is_refused_in_the_other(desk: Desk):
    p = desk.path
    listed = ["--iss", ISSUER, "--uri", LIST, "--out", p("l2.jwt"), "--revoke", 7]
    desk.run("credential", "status", p("l1.json"), *listed, at=10, where="a")
    assert verified(desk, p("shown"), status=1, at=20, lists="l2.jwt")["code"] == "REVOKED"
    listed = ["--iss", ISSUER, "--uri", LIST, "--resume", 7]
    desk.run("credential", "status", p("l1.json"), *listed, at=20, status=4, where="a")


def test_a_bundle_is_checked_and_an_older_one_refused(desk: Desk):
    p = desk.path
    asked = ["--anchor", p("b.keys"), "--memory", p("seen.db"), "--json"]
    assert json.loads(desk.run("trust", "check", p("b.bundle"), *asked))["version"] == 1
    desk.run("trust", "bundle", "--out", p("b2.bundle"), where="b")
    assert json.loads(desk.run("trust", "check", p("b2.bundle"), *asked))["version"] == 2
    assert (
        json.loads(desk.run("trust", "check", p("b.bundle"), *asked, status=1))["code"]
        == "BUNDLE_ROLLED_BACK"
    )
    expired = desk.run("trust", "check", p("b.bundle"), "--anchor", p("b.keys"), "--json", at=10**8, status=1)
    assert json.loads(expired)["code"] == "BUNDLE_EXPIRED"
    plain = json.loads(desk.run("trust", "check", p("b.bundle"), "--json", status=1))
    assert plain["code"] == "BAD_JSON"
    stranger = json.loads(
        desk.run("trust", "check", p("b.bundle"), "--anchor", p("a.keys"), "--json", status=1)
    )
    assert stranger["code"] == "BUNDLE_SIGNATURE"


def test_a_plain_file_of_the_operators_own_is_believed_as_it_stands(desk: Desk):
    book = json.loads((desk.path("b") / "trust" / "book.json").read_text())
    plain = desk.write("plain.json", {**book, "expires_at": NOW + 100, "issued_at": "2026-01-01T00:00:00Z"})
    p = desk.path
    asked = ["--trust", plain, "--status-list", p("l1.jwt"), "--aud", "hz", "--nonce", "n1", "--json"]
    done = command("credential", "verify", p("shown").read_text().strip(), *asked, "--now", NOW + 6)
    assert (done.returncode, last_line(done)["code"]) == (0, "ACCEPTED")
    done = command("credential", "verify", p("shown"), *asked, "--now", NOW + 200)
    assert (done.returncode, last_line(done)["code"]) == (1, "BUNDLE_EXPIRED")


def test_a_holder_sees_the_names_of_claims(desk: Desk):
    shown = json.loads(desk.run("credential", "show", desk.path("me.cred"), "--json", at=None))
    assert sorted(shown["paths"]) == ["entries/0", "entries/1", "minutes", "name"]


def test_keys_are_listed_rotated_and_revoked(desk: Desk):
    p = desk.path
    desk.run("trust", "init", "--region", "1", "--out", p("c.keys"), where="c")
    desk.run("trust", "registry", "urn:r", "--region", "1", "--type", "t", "--out", p("r.keys"), where="c")
    kid = desk.run("trust", "key", "rotate", "urn:r", at=10, where="c").strip()
    desk.run("trust", "key", "revoke", kid, at=20, where="c")
    kept = json.loads(desk.run("trust", "key", "list", "--json", at=None, where="c"))["keys"]
    assert [(each["owner"], each["state"]) for each in kept] == [
        ("1", "ACTIVE"),
        ("urn:r", "RETIRED"),
        ("urn:r", "REVOKED"),
    ]
    published = json.loads(desk.run("trust", "key", "publish", "urn:r", at=None, where="c"))
    assert [each["state"] for each in published["keys"]] == ["RETIRED", "REVOKED"]
    assert "d" not in json.dumps(published["keys"][0]["jwk"]).replace("kid", "")[:9]
    desk.run("trust", "init", "--region", "1", status=4, where="c")
    desk.run("trust", "key", "publish", "nobody", at=None, status=3, where="c")


def test_an_agreement_is_suspended_and_the_next_bundle_says_so(desk: Desk):
    p = desk.path
    desk.run("trust", "agreement", "suspend", p("ag.json"), "--reason", "audit", at=30, where="b")
    desk.run("trust", "agreement", "take", p("ag.json"), at=None, where="a")
    listed = json.loads(desk.run("trust", "agreement", "list", "--json", at=40, where="a"))
    assert listed["agreements"][0]["state"] == "SUSPENDED"
    desk.run("trust", "agreement", "resume", p("ag.json"), at=50, status=5, where="a")
    desk.run("trust", "bundle", "--out", p("b3.bundle"), at=40, where="b")
    asked = ["--anchor", p("b.keys"), "--status-list", p("l1.jwt"), "--aud", "hz", "--nonce", "n1", "--json"]
    done = command("credential", "verify", p("shown"), "--trust", p("b3.bundle"), *asked, "--now", NOW + 50)
    assert last_line(done)["code"] == "AGREEMENT_SUSPENDED"


def test_a_badge_is_exported(desk: Desk):
    star = {"id": "urn:s", "name": "Star", "description": "d", "kind": "Badge", "criteria": "100 h"}
    asked = ["--iss", ISSUER, "--issuer-name", "SH", "--subject", "urn:v", "--id", "urn:b"]
    text = desk.run("credential", "badge", desk.write("star.json", star), *asked, where="a")
    assert text.count(".") == 2
    desk.run("credential", "badge", desk.write("bad.json", {}), *asked, status=2, where="a")


@pytest.mark.parametrize("value", ["yesterday", "2026-01-01", "2026-01-01T00:00:00"])
def test_a_moment_that_is_none_is_refused(desk: Desk, value: str):
    done = command("trust", "check", desk.path("b.bundle"), "--now", value)
    assert done.returncode == 2
