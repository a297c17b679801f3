"""
How well places are read: real columns by class, a labelled sample, a seeded constructed one, speed, peers.

``python -m benchmarks.regions ../shared/data [--peers PYTHON] [--json OUT]``. The labels of
``region_truth.csv`` name the finest division that a text names and the bureau's list has, found by going
through every distinct text, beginning from this program's own answers; texts stand there by digest, since the
tables they come from are not ours.
``--peers`` is the interpreter of an environment in which ``cpca``, ``jionlp`` and ``quhua-mcp`` are installed.
"""

import argparse
import csv
import hashlib
import io
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import data
from domain.identifiers import RegionSystem
from gazetteer.answers import SURE, Certainty, Resolution
from gazetteer.names import short_forms
from gazetteer.resolver import resolve_place, resolve_places
from gazetteer.spans import EDITIONS, Division, atlas

HERE = Path(__file__).parent
WINTER, WISHES, FLOOD = date(2020, 1, 31), date(2016, 12, 31), date(2021, 7, 22)
SEED = 20261122
SAMPLE = 3000  # of each kind of noise
DAYS = {system: date(year, 12, 31) for system, year in EDITIONS.items()}
_HEADS = json.loads(
    '["\\u7701","\\u5e02","\\u533a\\u53bf","\\u5730\\u5740","\\u8f96\\u533a","\\u51fa\\u53d1\\u5730",'
    '"\\u76ee\\u7684\\u5730","\\u4f4d\\u7f6e","\\u57ce\\u5e02"]'
)
"""Words in the headers of columns that hold places."""


def _text(file: Path) -> str:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _cells(shared: Path) -> Iterator[tuple[str, str, date]]:
    """Give column, text and day of every place-like cell of the published tables."""
    needs = shared / "wuhan2020-needs"
    for file in sorted((needs / "json").glob("*.json")):
        content = json.loads(file.read_text("utf-8"))
        for record in content if isinstance(content, list) else ():
            for cell in record if isinstance(record, list) else ():
                value = cell.get("value") if cell else None
                if isinstance(value, str) and any(word in cell["key"] for word in _HEADS):
                    yield f"{file.name.split('__')[0]}: {cell['key']}", value, WINTER
    for file in sorted(needs.glob("*.csv")):
        rows = list(csv.reader(io.StringIO(_text(file))))
        heads = [head.strip() for head in rows[0]]
        for row in rows[1:]:
            for head, value in zip(heads, row, strict=False):
                if any(word in head for word in _HEADS):
                    yield f"{file.name.split('_2020')[0]}: {head}", value, WINTER
    for name, head, day in (
        ("cn-micro-wishes/micro_wishes.csv", "region_text", WISHES),
        ("henan-flood-2021/henan_requests_zhengzhou.csv", "address", FLOOD),
    ):
        for row in csv.DictReader(io.StringIO(_text(shared / name))):
            yield f"{name.split('/')[0]}: {head}", row[head], day


def columns(shared: Path) -> dict[str, list[tuple[str, date]]]:
    """Give the texts of each column, empty ones left out."""
    found: dict[str, list[tuple[str, date]]] = {}
    for column, value, day in _cells(shared):
        if value.strip():
            found.setdefault(column, []).append((value.strip(), day))
    return found


def digest(text: str) -> str:
    """Give the name under which a text stands among the labels."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def truth() -> dict[str, str]:
    """Give the labels: code by digest, empty for a text that names no division or does not decide for one."""
    with (HERE / "region_truth.csv").open(encoding="utf-8") as file:
        return {row["text"]: row["code"] for row in csv.DictReader(file)}


def judged(answer: Resolution, code: str) -> str:
    """Compare an answer with the label: right, coarser (holds it), finer, wrong, missed, rightly_none."""
    if answer.division is None:
        return "missed" if code else "rightly_none"
    said = answer.division.digits
    if said == code:
        return "right"
    if code and code.startswith(said):
        return "coarser"
    return "finer" if code and said.startswith(code) else "wrong"


def scores(outcomes: Iterable[str]) -> dict[str, Any]:
    """Give counts, and precision and recall with a coarser answer held neither right nor wrong, and both ways."""
    counts = Counter(outcomes)
    answered = sum(counts[name] for name in ("right", "coarser", "finer", "wrong"))
    due = counts["right"] + counts["coarser"] + counts["finer"] + counts["missed"]
    return {
        **counts,
        "precision": round(counts["right"] / answered, 4) if answered else None,
        "precision_true_ancestor": round((counts["right"] + counts["coarser"]) / answered, 4)
        if answered
        else None,
        "recall": round(counts["right"] / due, 4) if due else None,
        "recall_true_ancestor": round((counts["right"] + counts["coarser"]) / due, 4) if due else None,
    }


# --- constructed truth ------------------------------------------------------------------------------------


def _above(one: Division) -> list[Division]:
    return list(reversed(atlas(one.system).enclosing(one, DAYS[one.system])))


def _brief(one: Division) -> str:
    forms = () if one.is_zone else short_forms(one.name, len(one.digits))
    return (forms or (one.name,))[0]


def _full(one: Division, _: random.Random) -> str:
    return "".join(each.name for each in (*_above(one), one))


def _short(one: Division, _: random.Random) -> str:
    path = [*_above(one), one]
    return "".join(_brief(each) if each is not one else each.name for each in path)


def _all_short(one: Division, _: random.Random) -> str:
    return "".join(_brief(each) for each in (*_above(one), one))


def _no_province(one: Division, _: random.Random) -> str:
    return "".join(each.name for each in (*_above(one)[1:], one))


def _no_city(one: Division, _: random.Random) -> str:
    above = [each for each in _above(one) if len(each.digits) != 4]
    return "".join(each.name for each in (*above, one))


def _alone(one: Division, _: random.Random) -> str:
    return one.name


def _address(one: Division, draw: random.Random) -> str:
    road = draw.choice(data.place_words()["bench"]["roads"])
    return f"{_full(one, draw)}{road}{draw.randint(1, 400)}"


def _noise(one: Division, draw: random.Random) -> str:
    return draw.choice(data.place_words()["bench"]["labels"]) + _full(one, draw)


def _traditional(one: Division, draw: random.Random) -> str:
    turn = {new: old for old, new in data.traditional().items()}
    return "".join(turn.get(character, character) for character in _full(one, draw))


def _slip(one: Division, draw: random.Random) -> str:
    """Write one character of the last name as another that sounds alike."""
    by_sound: dict[str, list[str]] = {}
    for character, sound in data.readings().items():
        by_sound.setdefault(sound, []).append(character)
    stem = (short_forms(one.name, len(one.digits)) or (one.name,))[0]
    at = draw.randrange(len(stem))
    others = [c for c in by_sound.get(data.readings().get(stem[at], ""), ()) if c != stem[at]]
    wrong = draw.choice(others) if others else stem[at]
    written = stem[:at] + wrong + stem[at + 1 :] + one.name[len(stem) :]
    return "".join(each.name for each in _above(one)) + written


NOISES: dict[str, Callable[[Division, random.Random], str]] = {
    "full path": _full,
    "short names above": _short,
    "short names all": _all_short,
    "without province": _no_province,
    "without city": _no_city,
    "name alone": _alone,
    "address behind": _address,
    "words before": _noise,
    "traditional": _traditional,
    "one character wrong": _slip,
}


def constructed(system: RegionSystem) -> dict[str, dict[str, Any]]:
    """Give the scores of each kind of noise on seeded divisions of a system."""
    draw = random.Random(SEED)  # noqa: S311 - makes test data
    pool = [one for one in atlas(system).present.values() if len(one.digits) in (6, 9) and not one.withdrawn]
    table: dict[str, dict[str, Any]] = {}
    for name, write in NOISES.items():
        chosen = draw.sample(pool, SAMPLE)
        outcomes: list[str] = []
        certainties: Counter[str] = Counter()
        for one in chosen:
            answer = resolve_place(write(one, draw), day=DAYS[system], system=system)
            certainties[answer.certainty.value] += 1
            outcomes.append(judged(answer, one.digits))
        table[name] = {**scores(outcomes), "certainty": dict(certainties)}
    return table


def former(system: RegionSystem) -> dict[str, Any]:
    """Give what becomes of every former name and code today, and on its own days."""
    places = atlas(system)
    today, then = Counter[str](), Counter[str]()
    for spans in places.former.values():
        for span in spans:
            expected = {one.digits for one in places.on(span, DAYS[system])}
            answer = resolve_place(span.digits, day=DAYS[system], system=system)
            found = answer.division.digits if answer.division else ""
            today[
                "no successor known"
                if not expected
                else "successor"
                if found in expected
                else "code given again"
            ] += 1
            if span.ended:
                on = date(max((span.began or 0), span.ended - 1), 12, 31)
                old = resolve_place(span.digits, day=on, system=system)
                then["itself" if old.division is span else "another of that code"] += 1
    return {"today": dict(today), "on its last day": dict(then)}


# --- peers ------------------------------------------------------------------------------------------------

PEERS = r"""
import json, sys, time
texts = json.load(sys.stdin)
out = {}
def timed(name, load):
    try:
        read = load()
        read("\u4e0a\u6d77\u5e02")
        start = time.process_time()
        out[name] = {"answers": [read(text) for text in texts]}
        out[name]["seconds"] = time.process_time() - start
    except Exception as error:
        out[name] = {"error": repr(error)}
def cpca():
    import cpca
    def read(text):
        code = cpca.transform([text])["adcode"].iloc[0]
        return str(code)[:6] if code else ""
    return read
def jionlp():
    import jionlp
    from jionlp import parse_location
    def read(text):
        found = parse_location(text) or {}
        return [found.get(key) or "" for key in ("province", "city", "county")]
    return read
def quhua():
    import engine
    def read(text):
        codes = engine.resolve(text).get("codes") or {}
        return next((codes[key][:6] for key in ("county", "city", "province") if codes.get(key)), "")
    return read
timed("cpca", cpca); timed("jionlp", jionlp); timed("quhua-mcp", quhua)
json.dump(out, sys.stdout, ensure_ascii=False)
"""


def _county(code: str) -> str:
    """Give a code down to the county, the finest that every peer knows."""
    return code[:6]


def _plain(code: str) -> str:
    """Give a peer's six digits without the zeros of levels below."""
    code = code.removesuffix("00") if len(code) == 6 else code
    return code.removesuffix("00") if len(code) == 4 else code


def _named(names: list[str]) -> str:
    """Give the code of a path of names that a peer answers in."""
    path = "".join(dict.fromkeys(name for name in names if name))
    if not path:
        return ""
    found = resolve_place(path, day=DAYS[RegionSystem.NBS]).division
    return found.digits if found else "?"


def peers(python: str, texts: list[str], labels: list[str]) -> dict[str, Any]:
    """Give the scores of peers on texts, down to the county."""
    said = subprocess.run(
        [python, "-c", PEERS], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    found = json.loads(said.stdout[said.stdout.index("{") :])
    table: dict[str, Any] = {}
    for name, result in found.items():
        if "error" in result:
            table[name] = result
            continue
        codes = [_named(one) if isinstance(one, list) else _plain(one) for one in result["answers"]]
        table[name] = {
            **scores(_outcome(code, _county(label)) for code, label in zip(codes, labels, strict=True)),
            "texts_per_cpu_second": round(len(texts) / result["seconds"]),
        }
    return table


def _outcome(said: str, code: str) -> str:
    if not said:
        return "missed" if code else "rightly_none"
    if said == code:
        return "right"
    if code and code.startswith(said):
        return "coarser"
    return "finer" if code and said.startswith(code) else "wrong"


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=Path)
    parser.add_argument("--peers")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    begun = time.process_time()
    resolve_place("1", day=DAYS[RegionSystem.NBS])
    figures: dict[str, Any] = {"load_cpu_s": round(time.process_time() - begun, 2)}
    found = columns(asked.shared)
    figures["columns"] = {
        column: {
            "texts": len(texts),
            "distinct": len(set(texts)),
            **Counter(resolve_place(text, day=day).certainty.value for text, day in texts),
        }
        for column, texts in found.items()
    }
    labels = truth()
    distinct = {digest(text): (text, day) for texts in found.values() for text, day in reversed(texts)}
    known = [(labels[key], *distinct[key]) for key in labels if key in distinct]
    answers = [(code, resolve_place(text, day=day)) for code, text, day in known]
    figures["labelled"] = {
        "texts": len(known),
        "all": scores(judged(answer, code) for code, answer in answers),
        "sure": scores(judged(answer, code) for code, answer in answers if answer.certainty in SURE),
        "corrected": scores(
            judged(answer, code) for code, answer in answers if answer.certainty is Certainty.CORRECTED
        ),
        "county": scores(
            _outcome(_county(answer.division.digits) if answer.division else "", _county(code))
            for code, answer in answers
        ),
    }
    figures["constructed"] = {system.value: constructed(system) for system in RegionSystem}
    figures["former"] = {system.value: former(system) for system in RegionSystem}
    texts = [text for _, text, _ in known] * 10
    start = time.process_time()
    for text in texts:
        resolve_place(text, day=WINTER)
    each = time.process_time() - start
    million = [text for _, text, _ in known] * (1_000_000 // len(known))
    start = time.process_time()
    resolve_places(million, day=WINTER)
    figures["speed"] = {
        "texts_per_cpu_second": round(len(texts) / each),
        "rows_per_cpu_second_by_distinct_text": round(len(million) / (time.process_time() - start)),
    }
    if asked.peers:
        figures["peers_down_to_county"] = peers(
            asked.peers, [text for _, text, _ in known], [code for code, _, _ in known]
        )
    out = json.dumps(figures, ensure_ascii=False, indent=1)
    if asked.json:
        asked.json.write_text(out + "\n", "utf-8")
    print(out)


if __name__ == "__main__":
    main()
