"""
Make ``data/characters`` from published tables: what other shapes the characters of our names are written in.

``python -m data.build_characters <TSCharacters.txt> <form_similar_v1.json> <pinyin.txt>`` writes the same bytes
each time.
"""

import csv
import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import data

TARGET = Path(__file__).parent / "characters"
_LIKE = 0.6  # of two shapes, as the source rates them; below it they share but a part
_READING = re.compile(r"^U\+(?P<point>[0-9A-F]{4,5}): (?P<first>[^,\s]+)")


def _write(name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    (TARGET / name).write_text(text.getvalue(), "utf-8", newline="\n")


def build(traditional: Path, alike: Path, spoken: Path) -> None:
    """Cut the tables down to the characters that stand in names of divisions."""
    TARGET.mkdir(exist_ok=True)
    names = (*data.divisions(), *data.villages(), *data.divisions("MCA"), *data.former_divisions())
    used = {character for division in names for character in division.name}
    pairs = [line.split("\t") for line in traditional.read_text("utf-8").splitlines() if line]
    forms = [(old, new.split(" ")[0]) for old, new in pairs]
    _write(
        "traditional.csv",
        ("traditional", "simplified"),
        sorted((old, new) for old, new in forms if new in used and old != new and old not in used),
    )
    table = json.loads(alike.read_text("utf-8"))["table"]
    _write(
        "look_alikes.csv",
        ("character", "alikes"),
        sorted(
            (right, shapes)
            for right, found in table.items()
            if right in used
            if (shapes := "".join(wrong for wrong, likeness in found if likeness >= _LIKE))
        ),
    )
    read: dict[str, list[str]] = {}
    for line in spoken.read_text("utf-8").splitlines():
        found = _READING.match(line)
        if found is None:
            continue
        character = chr(int(found["point"], 16))
        if character in used or _common(character):
            bare = unicodedata.normalize("NFD", found["first"])
            read.setdefault("".join(c for c in bare if c.isascii()), []).append(character)
    _write("readings.csv", ("reading", "characters"), sorted((k, "".join(v)) for k, v in read.items()))


def _common(character: str) -> bool:
    """Whether a character stands in the national set of 1980."""
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
