"""
Write the pages that have a source in the code, in both languages.

``python docs/generate.py`` writes them; ``--check`` writes nothing and fails when one of them is out of date.
A page whose source does not exist yet is left out.
"""

import argparse
import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from domain.errors import PlatformError
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES, NodeType, Property, RelationshipType
from importers.issues import IssueCode
from locales import Locale, catalogue, text

DOCS = Path(__file__).parent
FOLDERS = {Locale.EN: "en", Locale.ZH_CN: "zh"}

SHOWN = {"id", "name", "kind", "title", "state", "status", "type", "item", "licence"}
"""Properties that the picture names; the tables below it hold all of them."""

Page = Callable[[Locale], str]


def heading(page: str, locale: Locale, source: str) -> str:
    """Give title, note on the source, and introduction of a page."""
    return (
        f"# {text(f'docs.{page}.title', locale)}\n\n"
        f"<!-- {text('docs.generated', locale, source=source)} -->\n\n"
        f"{text(f'docs.{page}.intro', locale)}\n"
    )


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a Markdown table; bars inside cells are escaped."""
    titles = list(header)
    body = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [titles, ["---"] * len(titles), *body]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def errors_page(locale: Locale) -> str:
    """Index of the error tree."""

    def rows(kind: type[PlatformError], family: str) -> Iterator[list[str]]:
        yield [
            f"[`{kind.code}`](../errors/{kind.code}.md)",
            f"`{family}`",
            text(f"errors.{kind.code}", locale),
        ]
        for child in kind.__subclasses__():
            if child.__module__ == PlatformError.__module__:
                yield from rows(child, child.code if kind is PlatformError else family)

    header = (text(f"docs.errors.{name}", locale) for name in ("code", "family", "sentence"))
    return heading("errors", locale, "`domain/errors.py`") + table(
        header, rows(PlatformError, "platform_error")
    )


def picture(locale: Locale) -> str:
    """Entity-relationship picture, with each node's identifying properties."""
    joined = {label for kind in RELATIONSHIP_TYPES for pair in kind.pairs for label in pair}
    lines = ["erDiagram"]
    for node in NODE_TYPES:
        if node.label in joined:
            shown = [p for p in node.properties if p.name in SHOWN]
            lines.append(f"    {node.label} {{")
            lines += [f"        {p.type.value} {p.name}{' PK' if p.name == 'id' else ''}" for p in shown]
            lines.append("    }")
    for kind in RELATIONSHIP_TYPES:
        lines += [f"    {start} }}o--o{{ {end} : {kind.name}" for start, end in kind.pairs]
    return (
        f"\n## {text('docs.graph.picture', locale)}\n\n{text('docs.graph.picture_intro', locale)}\n\n"
        "```mermaid\n" + "\n".join(lines) + "\n```\n"
    )


def graph_page(locale: Locale) -> str:
    """Give the picture, and every node and relationship type with its properties."""

    def say(name: str) -> str:
        return text(f"docs.graph.{name}", locale)

    def property_rows(properties: Iterable[Property]) -> Iterator[list[str]]:
        for p in properties:
            notes = [say("key")] if p.name == "id" else []
            notes += [say(name) for name in ("required", "indexed") if getattr(p, name) and p.name != "id"]
            yield [f"`{p.name}`", p.type.value, ", ".join(notes)]

    def node_part(node: NodeType) -> str:
        header = (say(name) for name in ("property", "type", "notes"))
        return f"\n### {node.label}\n{table(header, property_rows(node.properties))}"

    def relationship_row(kind: RelationshipType) -> list[str]:
        ends = "<br>".join(f"{start} → {end}" for start, end in kind.pairs)
        return [f"`{kind.name}`", ends, ", ".join(f"`{p.name}`" for p in kind.properties)]

    header = [say(name) for name in ("relationships", "ends", "properties")]
    return (
        heading("graph", locale, "`graph/schema`")
        + picture(locale)
        + f"\n## {say('nodes')}\n"
        + "".join(node_part(node) for node in NODE_TYPES)
        + f"\n## {say('relationships')}\n"
        + table(header, (relationship_row(kind) for kind in RELATIONSHIP_TYPES))
    )


def glossary_page(locale: Locale) -> str:
    """Give the terms of ``glossary.toml`` in their order."""
    terms: list[dict[str, Any]] = tomllib.loads((DOCS / "glossary.toml").read_text("utf-8"))["term"]
    header = [
        text(f"docs.glossary.{name}", locale) for name in ("identifier", "label", "owner", "meaning", "avoid")
    ]
    rows = (
        [f"`{t['identifier']}`", t["zh"], f"`{t['owner']}`", t["en"], ", ".join(t.get("avoid", ()))]
        for t in terms
    )
    return heading("glossary", locale, "`docs/glossary.toml`") + table(header, rows)


def settings_page(locale: Locale) -> str:
    """Every setting with its variable, meaning and default."""
    settings = importlib.import_module("app.settings").Settings
    prefix: str = settings.model_config.get("env_prefix", "")

    def rows() -> Iterator[list[str]]:
        for name, field in settings.model_fields.items():
            aliases = getattr(field.validation_alias, "choices", None) or [f"{prefix}{name}"]
            default = "" if field.default is None else f"`{field.default}`"
            shown = text("docs.settings.required", locale) if field.is_required() else default
            yield [f"`{str(aliases[0]).upper()}`", field.description or "", shown]

    header = (text(f"docs.settings.{name}", locale) for name in ("variable", "meaning", "default"))
    return heading("settings", locale, "`app/settings.py`") + table(header, rows())


def parameter_row(parameter: Any) -> list[str]:  # noqa: ANN401 - click's own classes
    """Name, help and default of one argument or option."""
    names = [*parameter.opts, *parameter.secondary_opts]
    name = " / ".join(names) if parameter.param_type_name == "option" else parameter.name.upper()
    default = parameter.default
    shown = "" if default is None or default is False or callable(default) else f"`{default}`"
    return [f"`{name}`", getattr(parameter, "help", None) or "", shown]


def cli_page(locale: Locale) -> str:
    """Every command with its arguments, as the command itself describes them."""
    typer_main = importlib.import_module("typer.main")
    root = typer_main.get_command(importlib.import_module("app.cli").app)
    header = [text(f"docs.cli.{name}", locale) for name in ("argument", "meaning", "default")]

    def command_parts(command: Any, path: str, level: int) -> Iterator[str]:  # noqa: ANN401 - click's own classes
        yield f"\n{'#' * level} `{path}`\n\n{(command.help or '').strip()}\n"
        rows = [parameter_row(p) for p in command.params if not getattr(p, "hidden", False)]
        if rows:
            yield table(header, rows)
        for name, child in getattr(command, "commands", {}).items():
            if not child.hidden:
                yield from command_parts(child, f"{path} {name}", level + (path != "zhulian"))

    return heading("cli", locale, "`app/cli.py`") + "".join(command_parts(root, "zhulian", 2))


def rules_page(locale: Locale) -> str:
    """Every hard rule in the order in which it is applied, with what it looks at."""
    rules = importlib.import_module("matching.rules").ALL_RULES
    sides = ("needs", "pairs", "visits", "funds", "stock")

    def row(rule: Any) -> list[str]:  # noqa: ANN401 - matching.rules.base.Rule, absent before it is merged
        seen = [text(f"docs.rules.{side}", locale) for side in sides if getattr(rule, side) is not None]
        return [
            f"`{rule.id}`",
            text(rule.label_key, locale),
            ", ".join(seen or [text("docs.rules.rows", locale)]),
        ]

    header = (text(f"docs.rules.{name}", locale) for name in ("rule", "asks", "looks_at"))
    return heading("rules", locale, "`matching/rules`") + table(header, map(row, rules))


def policy_page(locale: Locale) -> str:
    """Every parameter of the shipped policies with its unit and source."""

    def rows(prefix: str, value: object) -> Iterator[list[str]]:
        match value:
            case {"value": amount, "unit": unit, "source": source}:
                yield [f"`{prefix}`", f"{amount} {unit}", source]
            case dict():
                for name, inner in value.items():
                    yield from rows(f"{prefix}.{name}" if prefix else name, inner)
            case list():
                for band in value:
                    shown = ", ".join(f"{name} {inner}" for name, inner in band.items() if name != "source")
                    yield [f"`{prefix}`", shown, band.get("source", "")]
            case _:
                yield [f"`{prefix}`", f"{value}", ""]

    header = [text(f"docs.policy.{name}", locale) for name in ("parameter", "value", "source")]
    body = heading("policy", locale, "`matching/policies/*.toml`")
    for path in sorted((DOCS.parent / "matching" / "policies").glob("*.toml")):
        content = tomllib.loads(path.read_text("utf-8"))
        for version in content["versions"]:
            since = text(
                "docs.policy.since", locale, day=version.pop("effective_from"), place=content["region_path"]
            )
            body += f"\n## {version.pop('id')}\n\n{since}\n{table(header, rows('', version))}"
    return body


def reasons_page(locale: Locale) -> str:
    """Every code by which a plan explains itself, with its sentence."""
    explain = importlib.import_module("matching.explain")
    statements = importlib.import_module("matching.statements")
    header = [text(f"docs.reasons.{name}", locale) for name in ("code", "sentence")]

    def part(name: str, codes: Iterable[str], table_key: str, note: str | None = None) -> str:
        rows = ([f"`{code}`", catalogue(locale)[f"reasons.{table_key}.{code}"]] for code in codes)
        intro = f"\n{text(f'docs.reasons.{note}', locale)}\n" if note else ""
        return f"\n## {text(f'docs.reasons.{name}', locale)}\n{intro}{table(header, rows)}"

    return (
        heading("reasons", locale, "`matching/explain`")
        + part("needs", explain.ReasonCode, "code", "contest")
        + part("helps", statements.HelpCode, "help")
        + part("volunteers", explain.VolunteerCode, "volunteer")
        + part("idle", explain.IdleCode, "idle", "idle_intro")
        + part("prices", statements.PriceKind, "price", "prices_intro")
    )


def issues_page(locale: Locale) -> str:
    """Give every issue of an import: what is wrong, and what to do."""
    rows = (
        [f"`{code}`", text(f"importers.issue.{code}", locale), text(f"importers.remedy.{code}", locale)]
        for code in IssueCode
    )
    header = [text(f"importers.page.{name}", locale) for name in ("code", "wrong", "remedy")]
    note = text("docs.generated", locale, source="importers/issues.py")
    title, intro = (text(f"importers.page.{name}", locale) for name in ("title", "intro"))
    return f"# {title}\n\n<!-- {note} -->\n\n{intro}\n{table(header, rows)}"


def verdicts_page(locale: Locale) -> str:
    """Give every verdict on a credential: what was found, what to do, and whether a person may decide."""
    codes = importlib.import_module("identity.verdicts").VerdictCode
    rows = (
        [
            f"`{code}`",
            text(f"credentials.verdict.{code}", locale),
            text(f"credentials.remedy.{code}", locale),
            text("credentials.page.yes", locale) if code.reviewable else "",
        ]
        for code in codes
    )
    header = [
        text(f"credentials.page.{name}", locale) for name in ("code", "meaning", "remedy", "reviewable")
    ]
    note = text("docs.generated", locale, source="`identity/verdicts.py`")
    title, intro = (text(f"credentials.page.{name}", locale) for name in ("title", "intro"))
    return f"# {title}\n\n<!-- {note} -->\n\n{intro}\n{table(header, rows)}"


def benchmarks_page(locale: Locale) -> str:
    """Measurements that were kept: peers side by side, and published instances."""
    sys.path.insert(0, str(DOCS.parent))  # the bench is no part of the installed program
    page = importlib.import_module("benchmarks.peers_page")
    return heading("benchmarks", locale, "`docs/benchmarks`") + page.page_parts(locale)


def held_cases_page(locale: Locale) -> str:
    """Real decisions beside plans, from the figures that were kept."""
    sys.path.insert(0, str(DOCS.parent))
    return str(importlib.import_module("benchmarks.held_page").kept_page(locale))


def hours_page(locale: Locale) -> str:
    """Give every anomaly of a visit, the limits of check-ins, and the stars of each region."""
    anomalies = importlib.import_module("domain.service").Anomaly
    files = importlib.import_module("workflows.dated").rule_files

    def say(name: str, **parameters: object) -> str:
        return text(f"hours.page.{name}", locale, **parameters)

    rows = ([f"`{code}`", text(f"hours.anomaly.{code}", locale)] for code in anomalies)
    note = text("docs.generated", locale, source="`domain/service.py`, `workflows/*/rules/*.toml`")
    body = f"# {say('title')}\n\n<!-- {note} -->\n\n{say('intro')}\n\n## {say('anomalies')}\n"
    body += table([say("code"), say("meaning")], rows)
    for part, package in (("limits", "workflows.service.rules"), ("stars", "workflows.hours.rules")):
        body += f"\n## {say(part)}\n"
        for file in files(package).values():
            for version in file["versions"]:
                since = say("since", day=version["effective_from"], place=f"`{file['region_path']}`")
                figures = (
                    [f"`{name}`", f"{each['value']} {each['unit']}", each["source"]]
                    for name, each in version.items()
                    if isinstance(each, dict)
                )
                body += f"\n### {version['id']}\n\n{since}\n"
                if any(isinstance(each, dict) for each in version.values()):
                    body += table([say("limit"), say("value"), say("source")], figures)
                stars = (
                    [text(f"hours.star.{star['level']}", locale), f"{star['hours']}", star["source"]]
                    for star in version.get("stars", ())
                )
                if version.get("stars"):
                    body += table([say("level"), say("hours"), say("source")], stars)
    return body


def approvals_page(locale: Locale) -> str:
    """Give who approves a sum, by tier, with the figures beside it, for each region and day."""
    files = importlib.import_module("workflows.dated").rule_files
    yuan = importlib.import_module("domain.money").yuan_text

    def say(name: str, **parameters: object) -> str:
        return text(f"giving.approvals.{name}", locale, **parameters)

    def figures(prefix: str, part: dict[str, Any]) -> Iterator[list[str]]:
        for name, each in part.items():
            if isinstance(each, dict) and "value" in each:
                yield [f"`{prefix}{name}`", f"{each['value']} {each['unit']}", each["source"]]
            elif isinstance(each, dict):
                yield from figures(f"{prefix}{name}.", each)

    def tier(row: dict[str, Any]) -> list[str]:
        shown = [text(f"workflows.evidence_kind.{kind}", locale) for kind in row["evidence"]]
        named = say("named_yes" if row.get("senior") else "named_no")
        return [yuan(row["from_fen"]), str(row["approvals"]), named, ", ".join(shown), row["source"]]

    note = text("docs.generated", locale, source="`workflows/allocations/rules/*.toml`")
    body = f"# {say('title')}\n\n<!-- {note} -->\n\n{say('intro')}\n"
    for file in files("workflows.allocations.rules").values():
        for version in file["versions"]:
            since = say("since", day=version["effective_from"], place=f"`{file['region_path']}`")
            body += f"\n## {version['id']}\n\n{since}\n"
            if version.get("tiers"):
                header = [say(name) for name in ("from", "persons", "named", "evidence", "source")]
                body += f"\n### {say('tiers')}\n" + table(header, map(tier, version["tiers"]))
            body += table([say("figure"), say("value"), say("source")], figures("", version))
    return body


def alert_rules_page(locale: Locale) -> str:
    """Give the groups at risk and the rules of alerts, with who says so, for each region and day."""
    files = importlib.import_module("workflows.alerts.rules_in_force").shipped_files
    words = importlib.import_module("workflows.alerts.wording").condition_text

    def say(name: str, **parameters: object) -> str:
        return text(f"alerts.page.{name}", locale, **parameters)

    def child(each: Any) -> str:  # noqa: ANN401 - a group or a rule
        return "✓" if each.child else ""

    note = text("docs.generated", locale, source="`data/alerts/*.toml`")
    body = f"# {say('title')}\n\n<!-- {note} -->\n\n{say('intro')}\n"
    for file in files().values():
        for version in file.versions:
            since = say("since", day=version.effective_from, place=f"`{file.region_path}`")
            groups = (
                [str(each.slot), f"`{each.code}`", each.title(locale), words(each.when, locale), child(each),
                 each.source]
                for each in version.groups
            )  # fmt: skip
            rules = (
                [f"`{each.code}`", each.title(locale), words(each.when, locale),
                 text(f"alerts.priority.{each.priority.value}", locale), f"{each.due_days} / {each.quiet_days}",
                 child(each), each.source]
                for each in version.rules
            )  # fmt: skip
            of_groups = [say(name) for name in ("slot", "code", "name", "condition", "child", "source")]
            of_rules = [say(n) for n in ("code", "name", "condition", "priority", "days", "child", "source")]
            body += f"\n## {version.id}\n\n{since}\n"
            body += f"\n### {say('groups')}\n" + table(of_groups, groups)
            body += f"\n### {say('rules')}\n" + table(of_rules, rules)
    return body


def pages() -> dict[str, Page]:
    """Give the pages whose source exists, by name."""
    found: dict[str, Page] = {
        "alert-rules": alert_rules_page,
        "approvals": approvals_page,
        "credential-verdicts": verdicts_page,
        "errors": errors_page,
        "glossary": glossary_page,
        "graph": graph_page,
        "hours": hours_page,
        "issues": issues_page,
    }
    if (DOCS.parent / "matching" / "policies").is_dir():
        found |= {"policy": policy_page, "reasons": reasons_page, "rules": rules_page}
    if importlib.util.find_spec("app.settings"):
        found["settings"] = settings_page
    if importlib.util.find_spec("app.cli"):
        found["cli"] = cli_page
    if (DOCS / "benchmarks").is_dir():
        found["benchmarks"] = benchmarks_page
    if (DOCS / "benchmarks" / "held-cases.json").exists():
        found["held-cases"] = held_cases_page
    return found


def main() -> int:
    """Write or compare every page; give the exit status."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is out of date")
    check: bool = parser.parse_args().check
    stale: list[str] = []
    for name, page in pages().items():
        for locale, folder in FOLDERS.items():
            path = DOCS / folder / "reference" / f"{name}.md"
            wanted = page(locale)
            if path.exists() and path.read_text("utf-8") == wanted:
                continue
            stale.append(path.relative_to(DOCS.parent).as_posix())
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(wanted, "utf-8", newline="\n")
    for path in stale:
        print(f"{'out of date: ' if check else 'wrote '}{path}", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
