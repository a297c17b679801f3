"""The pages in a real Chromium that can reach nothing but the server."""

import re
import shutil
import subprocess

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")


@pytest.fixture
def opened(tmp_path):
    """Open an address and give the page's elements as they stand once its scripts ran, with what was printed."""

    def look(address: str, *more: str) -> str:
        done = subprocess.run(
            [str(CHROMIUM), *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=8000", *more,
             address],
            capture_output=True, text=True, timeout=120, check=True, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout

    return look


@pytest.fixture
def report(served):
    """The printed link to the report."""
    address, told = served
    return re.findall(rf"{address}/rounds/\S+\?token=\S+", told)[0]


@pytest.mark.parametrize(("lang", "heading"), [("zh-CN", "方案"), ("en", "Certificate of the plan")])
def test_the_report_shows_charts_reasons_and_certificate(opened, report, lang, heading):
    page = opened(f"{report}&lang={lang}", "--dump-dom")
    assert f'lang="{lang}"' in page
    assert heading in page
    assert page.count("<svg") >= 10
    words = re.sub(r"<[^>]*>|\s", "", page)
    assert len(re.findall(r"[0-9a-f]{64}", words)) >= 2  # digests of snapshot and plan
    assert "{" not in words  # no placeholder was left open


def test_the_report_prints_as_pages(opened, report, tmp_path):
    opened(report, f"--print-to-pdf={tmp_path / 'report.pdf'}", "--no-pdf-header-footer")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 2


def test_the_explorer_starts_without_any_other_host(opened, served):
    address, _ = served
    page = opened(f"{address}/graphiql", "--dump-dom")
    assert "graphiql-container" in page
    assert "graphiql-execute-button" in page
