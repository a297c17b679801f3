"""The container files name the same packages, tools and releases as the rest of the house."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text("utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")


def test_the_image_holds_every_package_and_its_context_lets_them_through():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, flags=re.MULTILINE))
    let_through = set(
        re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text("utf-8"), flags=re.MULTILINE)
    )
    assert copied == packages
    assert packages <= let_through


def test_the_image_is_built_with_the_pinned_uv():
    pinned = re.search(r"^UV_VERSION=(\S+)$", (ROOT / "deploy" / "setup.sh").read_text("utf-8"), re.MULTILINE)
    used = re.search(r"^ARG UV_VERSION=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert pinned is not None
    assert used is not None
    assert used[1] == pinned[1]


def test_the_graph_database_beside_it_is_the_release_the_tests_run_on():
    tested = re.search(
        r"<neo4j.version>(\d+\.\d+)", (ROOT / "deploy" / "neo4j" / "pom.xml").read_text("utf-8")
    )
    beside = re.search(r"image: neo4j:(\d+\.\d+)-community", COMPOSE)
    assert tested is not None
    assert beside is not None
    assert beside[1] == tested[1]


def test_no_password_has_a_default():
    for password in re.findall(r"\$\{NEO4J_PASSWORD([^}]*)\}", COMPOSE):
        assert password.startswith(":?")
