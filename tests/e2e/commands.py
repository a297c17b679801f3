"""The real command as a process of its own, in either language, and what it has to say."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from locales import Locale, text

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("zhulian")
_PATIENCE_S = 180


@dataclass(frozen=True)
class Said:
    """What a finished command left: its status and its two streams."""

    status: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err

    def result(self) -> dict[str, object]:
        """The JSON object of its last line."""
        return json.loads(self.out.strip().splitlines()[-1])


def environment(data_dir: Path, locale: Locale = Locale.ZH_CN, **chosen: str) -> dict[str, str]:
    """The environment of one installation: nothing of ours or Neo4j's leaks in from outside."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZHULIAN_", "NEO4J_"))}
    return {**kept, "ZHULIAN_DATA_DIR": str(data_dir), "ZHULIAN_LANG": locale.value, **chosen}


def run(data_dir: Path, *arguments: str | Path, locale: Locale = Locale.ZH_CN, **chosen: str) -> Said:
    """Run ``zhulian`` to its end."""
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=data_dir.parent,
        env=environment(data_dir, locale, **chosen),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_PATIENCE_S,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def in_both_languages(data_dir: Path, *arguments: str | Path, **chosen: str) -> dict[Locale, Said]:
    """Run a command that must fail, once in each language. They share nothing but what they fail on."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        asked = {}
        for locale in Locale:
            place = data_dir.with_name(f"{data_dir.name}-{locale.value}")
            asked[locale] = pool.submit(run, place, *arguments, locale=locale, **chosen)
        return {locale: future.result() for locale, future in asked.items()}


def require_one_message(said: dict[Locale, Said], status: int, code: str, *mentions: str) -> None:
    """Demand the status, the sentence of the code once and in its language, its page, and no traceback."""
    folder = {Locale.ZH_CN: "zh", Locale.EN: "en"}
    for locale, one in said.items():
        assert one.status == status, one.both
        assert one.err.count(text(f"errors.{code}", locale)) == 1, one.err
        assert text("cli.see_page", locale, page=f"docs/{folder[locale]}/errors/{code}.md") in one.err
        assert (ROOT / "docs" / folder[locale] / "errors" / f"{code}.md").exists()
        for traceback in ("Traceback", 'File "/', "Error:", "PanicException"):
            assert traceback not in one.both, one.both
        for mention in mentions:
            assert mention in one.err, f"{mention!r} is not in {one.err!r}"
