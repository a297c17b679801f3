"""
A real Neo4j Community server on this machine, without Docker and without root.

    python deploy/neo4j/server.py run -- pytest -m neo4j    # a fresh server for one command
    python deploy/neo4j/server.py serve                     # a server for people, kept in var/neo4j

Maven brings the jars of ``pom.xml`` from Maven Central into ``.cache/neo4j/<version>`` once. The server
listens on loopback alone and therefore asks for no password. Standard library only: it runs before the
project is set up.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("pom.xml")
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 60
_ENTRY_POINT = "org.neo4j.server.CommunityEntryPoint"
_HANDSHAKE = bytes.fromhex("6060b017") + bytes.fromhex("00080805 00020404 00000003 00000000")
_PACKAGES = {"java": "openjdk-17-jre-headless", "mvn": "maven"}

# What the kernel and netty open by reflection, as in the distribution's own neo4j.conf.
_JVM = (
    "-Xms256m",
    "-Xmx2g",  # a million people: a table of 437,000 rows leaves half a gigabyte uncommitted in its last unit
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-OmitStackTraceInFastThrow",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "-Dfile.encoding=UTF-8",
)


class ServerError(Exception):
    """The server cannot be had here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    uri: str
    process: subprocess.Popen[bytes]


def version() -> str:
    """Neo4j's release, as ``pom.xml`` names it."""
    found = ElementTree.parse(POM).findtext(".//{*}neo4j.version")  # noqa: S314 - our own file
    if found is None:
        raise ServerError(f"{POM} names no neo4j.version")
    return found


def fetch() -> Path:
    """
    Give the folder of jars, bringing them first if they are not there.

    Raises
    ------
    ServerError
        Maven is missing, or cannot reach its registry.
    """
    jars = ROOT / ".cache" / "neo4j" / version() / "lib"
    if jars.is_dir():
        return jars
    mvn = _program("mvn")
    jars.parent.mkdir(parents=True, exist_ok=True)
    # Copied beside and renamed: whoever stops the download midway leaves no half a server behind.
    with tempfile.TemporaryDirectory(dir=jars.parent) as beside:
        _tell(f"fetching Neo4j {version()} (about 125 MB) from Maven Central")
        command = [mvn, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        result = subprocess.run([*command, f"-DoutputDirectory={beside}/lib"], check=False)  # noqa: S603
        if result.returncode:
            raise ServerError("maven could not bring Neo4j; its own message stands above")
        with contextlib.suppress(OSError):  # somebody else was faster
            Path(beside, "lib").rename(jars)
    return jars


def start(home: Path, *, port: int = 0, auth: bool = False) -> Server:
    """
    Start a server that keeps everything under ``home`` and wait until it answers.

    Parameters
    ----------
    home
        Made when absent; its ``data`` folder is the database.
    port
        Of bolt on loopback; 0 takes a free one.
    auth
        Whether to ask for a password (the server's first one is neo4j/neo4j); off on loopback.

    Raises
    ------
    ServerError
        Java is missing, or the server did not come up; the end of its log is in the message.
    """
    java, jars = _program("java"), fetch()
    port = port or _free_port()
    (home / "conf").mkdir(parents=True, exist_ok=True)
    (home / "logs").mkdir(exist_ok=True)
    (home / "conf" / "neo4j.conf").write_text(_configuration(port, auth=auth), "utf-8")
    command = [
        java,
        *_JVM,
        "-cp",
        f"{jars}/*",
        _ENTRY_POINT,
        f"--home-dir={home}",
        f"--config-dir={home / 'conf'}",
        "--console-mode",
    ]
    log = home / "logs" / "console.log"
    with log.open("wb") as out:
        # A session of its own: Ctrl-C reaches us first, and we stop it in order.
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for_bolt(process, port, log)
    except BaseException:
        stop(process)
        raise
    return Server(uri=f"bolt://127.0.0.1:{port}", process=process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server in order, or by force when it does not go."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(*, auth: bool = False) -> Generator[Server]:
    """Give a fresh server, gone with its data at the end."""
    with tempfile.TemporaryDirectory(prefix="zhulian-neo4j-", ignore_cleanup_errors=True) as home:
        server = start(Path(home), auth=auth)
        try:
            yield server
        finally:
            stop(server.process)


def _configuration(port: int, *, auth: bool) -> str:
    settings = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.enabled": "true",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.security.auth_enabled": str(auth).lower(),
        "dbms.usage_report.enabled": "false",
        "server.memory.pagecache.size": "256m",
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.retention_policy": "keep_none",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _wait_for_bolt(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"Neo4j ended with status {process.returncode}:\n{_tail(log)}")
        if _answers(port):
            return
        time.sleep(0.25)
    raise ServerError(f"Neo4j did not answer within {START_TIMEOUT_S} s:\n{_tail(log)}")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(_HANDSHAKE)
            return any(connection.recv(4))
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-20:])


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ServerError(f"{name} is not installed: sudo apt-get install {_PACKAGES[name]}")
    return found


def _tell(sentence: str) -> None:
    sys.stderr.write(f"neo4j: {sentence}\n")
    sys.stderr.flush()


def _run(command: Sequence[str]) -> int:
    if os.environ.get("NEO4J_URI"):
        _tell(f"using the server at {os.environ['NEO4J_URI']}")
        return subprocess.run(command, check=False).returncode  # noqa: S603 - the caller's own command
    with running() as server:
        _tell(f"Neo4j {version()} at {server.uri} for: {' '.join(command)}")
        environment = {**os.environ, "NEO4J_URI": server.uri}
        return subprocess.run(command, check=False, env=environment).returncode  # noqa: S603


def _serve(home: Path, port: int) -> int:
    server = start(home.resolve(), port=port)
    _tell(f"Neo4j {version()} at {server.uri}, no password, data in {home}; Ctrl-C stops it")
    _tell(f"use it with: export NEO4J_URI={server.uri}")
    try:
        return server.process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        stop(server.process)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the status of ``run`` is that of its command."""
    parser = argparse.ArgumentParser(description="A real Neo4j Community server on loopback.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("fetch", help="only bring the jars")
    run = verbs.add_parser("run", help="run a command with NEO4J_URI set to a fresh server")
    run.add_argument("command", nargs=argparse.REMAINDER)
    serve = verbs.add_parser("serve", help="keep a server running for people")
    serve.add_argument("--data", type=Path, default=ROOT / "var" / "neo4j")
    serve.add_argument("--port", type=int, default=7687)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` stops the server
    try:
        if given.verb == "fetch":
            fetch()
            return 0
        if given.verb == "serve":
            return _serve(given.data, given.port)
        command = given.command[1:] if given.command[:1] == ["--"] else given.command
        if not command:
            parser.error("run needs a command")
        return _run(command)
    except ServerError as error:
        _tell(str(error))
        return 69  # EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
