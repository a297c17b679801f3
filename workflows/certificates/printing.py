"""
Certificates as PDF, by typst.

The template is compiled with the values as JSON beside it: a name that looks like markup stays a name. Fonts are
Noto Serif SC and Noto Sans SC (OFL 1.1), subset into each file; fonts of the machine are not looked at, so a
certificate looks the same everywhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock

import pylopdf_fonts_zh_cn as fonts
import segno
import typst

from domain.certificates import CertificateContent
from domain.errors import InvariantError
from domain.time import CIVIL_ZONE
from locales import Locale, text
from workflows.certificates.glyphs import printable, require_glyphs

_LANG = {Locale.ZH_CN: "zh", Locale.EN: "en"}
_LABELS = (
    "title",
    "serial",
    "name",
    "number",
    "period",
    "total",
    "services",
    "row",
    "date",
    "service",
    "kind",
    "hours",
    "seal",
)
_MASK = 4
_compiling = Lock()  # the compiler keeps what it laid out last, and serves one document at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is printed beside the content: number, day, what the QR code holds, and which print it is."""

    serial: str
    issued_on: date
    qr_text: str
    key_id: str
    print_number: int


@cache
def _compiler() -> typst.Compiler:
    folder = Path(fonts.serif_path()).parent
    return typst.Compiler(font_paths=[str(folder)], ignore_system_fonts=True)


@cache
def _template() -> bytes:
    return files("workflows.certificates").joinpath("template.typ").read_bytes()


def print_pdf(content: CertificateContent, sheet: Sheet, locale: Locale) -> bytes:
    """
    Give a certificate as PDF; equal content and sheet give equal bytes.

    Raises
    ------
    InvalidInputError
        The name has a character that no font has.
    InvariantError
        The template does not compile.
    """
    require_glyphs({"volunteer_id": content.name})
    values = json.dumps(_values(content, sheet, locale), ensure_ascii=False)
    return compile_pdf(_template(), "certificate", values, sheet.issued_on)


def compile_pdf(template: bytes, name: str, values: str, day: date) -> bytes:
    """
    Lay a template out with values as JSON under a name, dated at the beginning of a day.

    Raises
    ------
    InvariantError
        The template does not compile.
    """
    moment = int(datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE).timestamp())
    try:
        with _compiling:
            made = _compiler().compile(template, format="pdf", sys_inputs={name: values}, timestamp=moment)
    except typst.TypstError as error:
        raise InvariantError(f"the template of {name} does not compile: {error}") from error
    if not isinstance(made, bytes):
        raise InvariantError(f"the compiler of {name} gave no file")
    return made


def duration(minutes: int, locale: Locale) -> str:
    """Word minutes as hours and minutes."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return text("certificates.text.whole_hours", locale, hours=hours)
    key = "certificates.text.hours" if hours else "certificates.text.minutes"
    return text(key, locale, hours=hours, minutes=rest)


def day_text(day: date, locale: Locale) -> str:
    """Word a civil day."""
    return text("certificates.text.day", locale, year=day.year, month=day.month, day=day.day)


def period_text(content: CertificateContent, locale: Locale) -> str:
    """Word the period of a certificate."""
    return text(
        "certificates.text.period",
        locale,
        since=day_text(content.since, locale),
        until=day_text(content.until, locale),
    )


def _values(content: CertificateContent, sheet: Sheet, locale: Locale) -> Mapping[str, object]:
    def say(key: str, **parameters: object) -> str:
        return text(f"certificates.text.{key}", locale, **parameters)

    none = say("none")
    total, count = duration(content.minutes, locale), say("count", count=len(content.lines))
    signatories = {
        "issuer": content.issuer,
        "credit_code": content.credit_code,
        "responsible": content.responsible,
        "handler": content.handler,
        "contact": content.contact,
        "key": sheet.key_id,
    }
    return {
        "lang": _LANG[locale],
        "labels": {name: text(f"certificates.labels.{name}", locale) for name in _LABELS},
        "issuer": {"name": content.issuer},
        "serial": sheet.serial,
        "reprint": say("reprint", number=sheet.print_number - 1) if sheet.print_number > 1 else "",
        "person": {
            "name": content.name,
            "id_label": say("id_label"),
            "id": content.id_mask or none,
            "number": content.volunteer_number or none,
        },
        "period": period_text(content, locale),
        "total": total,
        "count": count,
        "statement": say(
            "statement",
            name=content.name,
            number=content.volunteer_number or none,
            period=period_text(content, locale),
            count=count,
            total=total,
        ),
        "lines": [
            {
                "date": day_text(line.served_on, locale),
                "service": printable(line.title),
                "kind": text(f"certificates.kind.{line.kind.value}", locale),
                "hours": duration(line.minutes, locale),
            }
            for line in content.lines
        ],
        "qr": qr_svg(sheet.qr_text),
        "signatories": [[say(name), value] for name, value in signatories.items() if value],
        "verify": say("verify"),
        "remarks": say("remarks"),
        "issued_on": day_text(sheet.issued_on, locale),
    }


def qr_svg(content: str) -> str:
    """Give a QR code as SVG. Any mask can be read; trying all eight for the prettiest takes longer than the PDF."""
    out = BytesIO()
    segno.make_qr(content, error="m", mask=_MASK, boost_error=False).save(
        out, kind="svg", border=1, dark="#1f2328", xmldecl=False
    )
    return out.getvalue().decode()
