#!/usr/bin/env python3
"""
A charity federation's month, from the bank's list to the published disclosure pack, by GraphQL alone.

Needs Python 3.11 and httpx (``pip install httpx``), a served zhulian, and three accounts: somebody at a desk, an
officer of the charity and an approver of the same charity. ``zhulian demo`` hands their tokens out:

    python federation_month.py --url http://127.0.0.1:8000 --desk zhl_... --officer zhl_... --approver zhl_...

Each step prints what was done. At the end every figure of the published pack is compared with the entries of the
ledger, asked for one by one over GraphQL; the status is 0 only if none differs. The page about it is
docs/en/how-to/federation-month.md.
"""

import argparse
import csv
import hashlib
import json
import sys
import uuid
from base64 import urlsafe_b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

CHINA = timezone(timedelta(hours=8))
PAGE = 100

# What a bank says of a day: who, how many yuan, the number of the payment, and what the donor asks.
EXAMPLE_LIST = [
    {"donor": "张家港某某纺织有限公司", "yuan": "20000.00", "reference": "B-0001", "wish": ""},
    {"donor": "王小明", "yuan": "300.00", "reference": "B-0002", "wish": ""},
    {"donor": "", "yuan": "0.01", "reference": "B-0003", "wish": ""},
    {"donor": "沙洲商会转来李小红捐款", "yuan": "500.00", "reference": "B-0004", "wish": ""},
    {"donor": "陈小强", "yuan": "1000.00", "reference": "B-0005", "wish": "用于困难家庭生活补助"},
    {"donor": "陈小强", "yuan": "1000.00", "reference": "", "wish": "用于困难家庭生活补助"},
]


class Refused(Exception):
    """A step that the service refused: the code is for programs, the message for people."""

    def __init__(self, step: str, error: dict[str, Any]) -> None:
        super().__init__(f"{step}: {error['code']}: {error['message']}")
        self.code = error["code"]


class Account:
    """Somebody who asks: a bearer token and nothing else."""

    def __init__(self, http: httpx.Client, name: str, token: str, run: str) -> None:
        self.http, self.name, self.run = http, name, run
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Send one document and give its data."""
        body = {"query": query, "variables": variables}
        answer = self.http.post("/graphql", json=body, headers=self.headers).json()
        if "errors" in answer:
            raise SystemExit(f"{self.name}: {answer['errors'][0]['message']}")
        return answer["data"]

    def do(self, name: str, selection: str, *, key: str | None = None, **given: object) -> dict[str, Any]:
        """
        Call a mutation and give its object.

        ``key`` makes the call repeatable: sent again with the same key, nothing is done twice. A run that broke off
        is taken up again with ``--run``.
        """
        if key is not None:
            given["idempotencyKey"] = f"{self.run}:{name}:{key}"
        kind = name[0].upper() + name[1:] + "Input"
        query = f"""mutation Step($input: {kind}!) {{ {name}(input: $input) {{
            object {{ {selection} }} userErrors {{ code message }} }} }}"""
        payload = self.ask(query, input=given)[name]
        if payload["userErrors"]:
            raise Refused(name, payload["userErrors"][0])
        return payload["object"]

    def every(self, field: str, selection: str, **filter: object) -> Iterator[dict[str, Any]]:
        """Give every row of a list, page by page."""
        kind = {"fundEntries": "FundEntryFilter!", "disclosurePacks": "DisclosurePackFilter"}.get(
            field, field[0].upper() + field[1:-1] + "Filter"
        )
        query = f"""query Page($first: Int!, $after: String, $filter: {kind}) {{
            {field}(first: $first, after: $after, filter: $filter) {{
              nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        after, more = None, True
        while more:
            page = self.ask(query, first=PAGE, after=after, filter=filter or None)[field]
            yield from page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def say(step: str, text: str) -> None:
    """Tell what was done."""
    print(f"{step:<10} {text}", flush=True)


def yuan(fen: int) -> str:
    """Write fen as yuan."""
    return f"{Decimal(fen) / 100:,.2f} yuan"


# --- 1. Gifts ----------------------------------------------------------------------------------------------------


def read_list(path: Path | None, today: date) -> list[dict[str, str]]:
    """Read the bank's list: a CSV file with the columns date, donor, yuan, reference and wish."""
    if path is None:
        return [{**row, "date": today.isoformat()} for row in EXAMPLE_LIST]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def lines_of(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Give the lines as the API takes them: whole fen, written as text."""
    return [
        {
            "amount": {"fen": str(int(Decimal(row["yuan"]) * 100))},
            "givenOn": row["date"],
            "reference": row["reference"],
            # no name is kept of a donor who wants none
            "donor": {"name": row["donor"]} if row["donor"] else None,
            "restrictionText": row["wish"] or None,
        }
        for row in rows
    ]


def take_gifts_in(officer: Account, approver: Account, fund_id: str, rows: list[dict[str, str]]) -> None:
    """Record the list, give each new gift its receipt, and post it to its fund."""
    lines = lines_of(rows)
    total = sum(int(line["amount"]["fen"]) for line in lines)
    asked = {"fundId": fund_id, "channel": "BANK", "lines": lines, "statedTotal": {"fen": str(total)}}
    taken = "total { fen } known { fen } recorded { fen } lines { outcome donation { id version state donorKind } }"
    found = officer.do("recordGiftList", taken, key="list", **asked)
    say("gifts", f"{len(lines)} lines, {yuan(total)}: " + counted(line["outcome"] for line in found["lines"]))
    earmark: str | None = None
    for row, line in zip(rows, found["lines"], strict=True):
        gift = line["donation"]
        if line["outcome"] not in ("RECORDED", "FLAGGED"):
            continue
        at = {"donationId": gift["id"]}
        if line["outcome"] == "FLAGGED":  # looks like another gift: a person says that it is none
            gift = approver.do(
                "clearDuplicate", "id version state", key=gift["id"], **at,
                expectedVersion=gift["version"], reason="two payments with their own numbers at the bank",
            )  # fmt: skip
        gift = officer.do(
            "issueReceipt", "id version state", key=gift["id"], **at, expectedVersion=gift["version"]
        )
        placing: dict[str, Any] | None = None
        if row[
            "wish"
        ]:  # what the donor asks is kept apart: an earmark of its own, that later gifts may share
            wall = {"name": "困难家庭生活补助", "categories": ["LIVING_AID"]}
            placing = {"earmarkId": earmark} if earmark else {"earmark": wall}
        gift = officer.do(
            "postDonation", "id version state earmarkId donorKind", key=gift["id"], **at,
            expectedVersion=gift["version"], placing=placing,
        )  # fmt: skip
        earmark = gift["earmarkId"] or earmark
        if gift["donorKind"] == "ORGANISATION":  # only who agreed is named in the pack
            officer.do(
                "nameDonor", "id", key=gift["id"], **at, expectedVersion=gift["version"],
                reference="donation agreement 2026-11, clause 7",
            )  # fmt: skip
    again = officer.do("recordGiftList", taken, key="list again", **asked)
    say("gifts", f"the list held against what is kept: {yuan(int(again['recorded']['fen']))} is missing")
    if again["recorded"]["fen"] != "0":
        raise SystemExit("the list does not reconcile")


def counted(names: Iterator[str]) -> str:
    """Say how often each name came."""
    return ", ".join(f"{count} {name.lower()}" for name, count in sorted(Counter(names).items())) or "none"


# --- 2. A round --------------------------------------------------------------------------------------------------


def run_a_round(desk: Account, officer: Account, time_limit_s: float) -> str:
    """Let the matcher propose, look at what it proposes, and publish it: a person decides, not the machine."""
    figures = "id version status gap needsCount fulfilledCount amountAllocated { fen }"
    made = desk.do("runRound", figures, timeLimitS=time_limit_s)
    say(
        "round",
        f"{made['fulfilledCount']} of {made['needsCount']} needs, {yuan(int(made['amountAllocated']['fen']))},"
        f" {made['status'].lower()}, at most {made['gap']:.2%} from the best",
    )
    desk.do("publishRound", "state", key=made["id"], roundId=made["id"], expectedVersion=made["version"])
    said = officer.ask(
        """query Review($id: ID!) { round(id: $id) { fundStatements {
             fund { name } given { fen } needs idle { message } } } }""",
        id=made["id"],
    )
    for each in said["round"]["fundStatements"]:
        idle = "; ".join(reason["message"] for reason in each["idle"])
        name = each["fund"]["name"] if each["fund"] else "?"
        say("review", f"{name}: {yuan(int(each['given']['fen']))} to {each['needs']} needs. {idle}"[:150])
    return made["id"]


# --- 3. Money ----------------------------------------------------------------------------------------------------


def lead_money(desk: Account, officer: Account, approver: Account, organisation_id: str) -> int:
    """Approve, pay, show, tell and disclose what is set aside; give how many sums went the whole way."""
    gift = "id version state amount { fen } approvalsWanted approvals { decision } fund { name }"
    waiting = list(
        officer.every("allocations", gift, organisationId=organisation_id, states=["RESERVED", "APPROVED"])
    )
    paid = 0
    for one in waiting:
        try:
            paid += lead_one(desk, officer, approver, one)
        except Refused as refused:  # e.g. a volunteer has not answered, or the asker is the approver
            say("waits", f"{yuan(int(one['amount']['fen']))} from {one['fund']['name']}: {refused}")
    say("money", f"{paid} of {len(waiting)} sums paid, shown, told and disclosed")
    return paid


def lead_one(desk: Account, officer: Account, approver: Account, one: dict[str, Any]) -> int:
    """Lead one sum from its reservation to its public account; each step by who may take it."""
    at = {"allocationId": one["id"]}

    def step(who: Account, name: str, **given: object) -> None:
        done = who.do(
            name, "version state", key=one["id"] + who.name, **at, expectedVersion=one["version"], **given
        )
        one.update(done)

    # Four eyes: who asked is one, whoever says yes another. A special fund takes two; the approver is the last.
    missing = one["approvalsWanted"] - len(one["approvals"])
    if one["state"] == "RESERVED":
        for who in [officer, approver][-max(1, missing) :]:
            step(who, "approveAllocation")
    if one["state"] != "APPROVED":
        raise Refused("approveAllocation", {"code": one["state"], "message": "others are still to say yes"})
    step(officer, "disburseAllocation", paymentReference="transfer of the day")  # not whose yes came last
    step(desk, "recordEvidence", kind="ACCEPTANCE", reference="signed list at the station")
    if one["state"] == "DISBURSED":  # a larger sum takes a second paper
        step(officer, "recordEvidence", kind="RECEIPT", reference="receipt in the file")
    step(approver, "sendFeedback", words="善款已经送到，谢谢。")
    step(officer, "discloseAllocation")
    return 1


# --- 4. The pack -------------------------------------------------------------------------------------------------


def publish_pack(officer: Account, approver: Account, organisation_id: str, period: str) -> dict[str, Any]:
    """Make the pack of the month, check it, and publish it with the second person."""
    made_of = "id version state digest entries content jsonPath xlsxPath corrects: correctsId"
    published = [
        pack
        for pack in officer.every(
            "disclosurePacks",
            made_of + " period { name }",
            organisationId=organisation_id,
            states=["PUBLISHED"],
        )
        if pack["period"]["name"] == period
    ]
    replaced = {pack["corrects"] for pack in published}
    latest = next((pack["id"] for pack in published if pack["id"] not in replaced), None)
    draft = officer.do(
        "generateDisclosurePack", made_of, key=f"{period}:{latest}", organisationId=organisation_id,
        period=period, correctsId=latest, reason="the month went on" if latest else None,
    )  # fmt: skip
    say("pack", f"draft of {period} from {draft['entries']} entries, digest {draft['digest'][:16]}…")
    checked = officer.ask(
        """query Check($id: ID!) { disclosurePackCheck(id: $id) {
             holds figures findings { broken where said found } } }""",
        id=draft["id"],
    )["disclosurePackCheck"]
    say(
        "pack",
        f"the service compared {checked['figures']} figures: {'all equal' if checked['holds'] else checked}",
    )
    asked = {"packId": draft["id"], "expectedVersion": draft["version"]}
    try:
        officer.do("publishDisclosurePack", "state", key=f"{draft['id']}:alone", **asked)
    except Refused as refused:
        say("pack", f"its maker may not publish it ({refused.code})")
    else:
        raise SystemExit("one person published a pack alone")
    public = approver.do("publishDisclosurePack", made_of, key=draft["id"], **asked)
    say("pack", f"published by the second person: {public['jsonPath']}")
    return public


# --- 5. Comparing ------------------------------------------------------------------------------------------------

ACCOUNTS = ("RECEIVED", "AVAILABLE", "RESERVED", "SPENT", "RETURNED", "TRANSFERRED")


def books_by_entries(
    officer: Account, fund_ids: list[str], since: datetime, until: datetime
) -> dict[Any, Any]:
    """Sum every entry of every fund by book and account, before the month and up to its end."""
    fields = "debit credit kind earmarkId sequence digest at amount { fen }"
    books: dict[Any, Any] = defaultdict(
        lambda: {"opening": dict.fromkeys(ACCOUNTS, 0), "closing": dict.fromkeys(ACCOUNTS, 0), "digests": []}
    )
    for fund_id in fund_ids:
        for entry in officer.every("fundEntries", fields, fundId=fund_id):
            posted_at = datetime.fromisoformat(entry["at"])
            if posted_at >= until:
                continue
            book, fen = books[key_of(fund_id), key_of(entry["earmarkId"])], int(entry["amount"]["fen"])
            for side in ("opening", "closing") if posted_at < since else ("closing",):
                book[side][entry["debit"]] -= fen
                book[side][entry["credit"]] += fen
            book["digests"].append((entry["sequence"], entry["digest"]))
    return books


def key_of(global_id: str | None) -> str | None:
    """Give the key inside a global id: base64url of ``Type:key``."""
    if global_id is None:
        return None
    return urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode().partition(":")[2]


def compare(pack: dict[str, Any], books: dict[Any, Any]) -> list[str]:
    """Hold each figure of the pack against the entries; give what differs."""
    wrong: list[str] = []
    compared = 0

    def same(where: str, told: object, found: object) -> None:
        nonlocal compared
        compared += 1
        if told != found:
            wrong.append(f"{where}: the pack says {told}, the ledger {found}")

    same("number of books", len(pack["books"]), len(books))
    totals: Counter[str] = Counter()
    projects: dict[int, Counter[str]] = defaultdict(Counter)
    for told in pack["books"]:
        where = f"{told['fund_name']} {told['earmark_id'] or ''}"
        found = books[told["fund_id"], told["earmark_id"]]
        for side in ("opening", "closing"):
            same(f"{where} {side}", told[side], found[side])
        moved = {name: found["closing"][name] - found["opening"][name] for name in ACCOUNTS}
        sums = {
            "opening_fen": found["opening"]["AVAILABLE"] + found["opening"]["RESERVED"],
            "received_fen": -moved["RECEIVED"],
            "transferred_fen": -moved["TRANSFERRED"],
            "spent_fen": moved["SPENT"],
            "returned_fen": moved["RETURNED"],
            "closing_fen": found["closing"]["AVAILABLE"] + found["closing"]["RESERVED"],
            "reserved_fen": found["closing"]["RESERVED"],
        }
        same(f"{where} sums", told["sums"], sums)
        digests = "\n".join(digest for _, digest in sorted(found["digests"]))
        same(f"{where} digest", told["digest"], hashlib.sha256(digests.encode()).hexdigest())
        totals.update(sums)
        projects[told["project"]].update(sums)
    same("totals", pack["totals"], dict(totals))
    for project in pack["projects"]:
        same(f"project {project['number']}", project["sums"], dict(projects[project["number"]]))
    same("income", sum(line["amount_fen"] for line in pack["income"]["lines"]), totals["received_fen"])
    same("entries", pack["ledger"]["entries"], sum(len(book["digests"]) for book in books.values()))
    say("compare", f"{compared} groups of figures of the public file with the ledger: {len(wrong)} differ")
    return wrong


def fetch_public(http: httpx.Client, public: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """Read the file as everybody does, without an account, and check that it is what its digest says."""
    answer = http.get(public["jsonPath"]).raise_for_status()
    pack = answer.json()
    said = {name: value for name, value in pack.items() if name != "digest"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if not hashlib.sha256(text.encode()).hexdigest() == pack["digest"] == public["digest"]:
        raise SystemExit("the file is not what its digest says")
    book = http.get(public["xlsxPath"], params={"lang": "zh-CN"}).raise_for_status()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pack.json").write_bytes(answer.content)
        (folder / "pack.xlsx").write_bytes(book.content)
        say("files", f"{folder}/pack.json and pack.xlsx")
    return pack


def main() -> int:
    """Lead a month through, and give the status of the process."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    for account in ("desk", "officer", "approver"):
        parser.add_argument(f"--{account}", required=True, metavar="TOKEN", help=f"token of the {account}")
    parser.add_argument(
        "--list", type=Path, metavar="FILE.csv", help="the bank's list; an example without it"
    )
    parser.add_argument("--run", default=uuid.uuid4().hex, help="name of a run that is taken up again")
    parser.add_argument("--time-limit", type=float, default=30.0, metavar="S", help="seconds for the round")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the published files")
    asked = parser.parse_args()
    now = datetime.now(UTC).astimezone(CHINA)
    month = f"{now:%Y-%m}"
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=32)).replace(day=1)
    with httpx.Client(base_url=asked.url, timeout=300.0) as http:
        desk, officer, approver = (
            Account(http, name, getattr(asked, name), asked.run) for name in ("desk", "officer", "approver")
        )
        say("run", f"{asked.run} (take it up again with --run)")
        funds = list(officer.every("funds", "id name type organisation { id name } available { fen }"))
        general = next(fund for fund in funds if fund["type"] == "GENERAL")
        charity = general["organisation"]
        own = [fund for fund in funds if fund["organisation"]["id"] == charity["id"]]
        say(
            "charity",
            f"{charity['name']}: {len(own)} funds, {yuan(sum(int(f['available']['fen']) for f in own))} free",
        )
        take_gifts_in(officer, approver, general["id"], read_list(asked.list, now.date()))
        run_a_round(desk, officer, asked.time_limit)
        lead_money(desk, officer, approver, charity["id"])
        public = publish_pack(officer, approver, charity["id"], month)
        pack = fetch_public(http, public, asked.out)
        books = books_by_entries(officer, [fund["id"] for fund in own], start, end)
        wrong = compare(pack, books)
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
