"""Runs Airflow on this machine for one person: `make run` and `make stop`.

Owns the environment, the ports and the end of the processes. It knows Airflow only as a command.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import psutil

from demarche.adapters.warehouse import Published, WarehouseError
from demarche.settings import Settings, SettingsError, read_settings

PROJECT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN = 240  # seconds until the page must answer; 25 on a quiet machine
PATIENCE = (("SIGINT", 25.0), ("SIGTERM", 10.0), ("SIGKILL", 5.0))  # what the processes are sent, seconds to obey

# Each is argued in docs/operations.md.
AIRFLOW = {
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__PARALLELISM": "4",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "WORKERS__MAX_FAILED_HEARTBEATS": "30",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
    "API__HOST": "127.0.0.1",
    "API__WORKERS": "1",
    "LOGGING__LOGGING_LEVEL": "INFO",
}

# Two things that `standalone` does not do. Airflow's log servers listen on every interface and cannot be told
# otherwise; on one machine the page reads the log files itself, so they are left out. And a scheduler that is up
# before the API server burns one try of every task it starts, so it waits for it.
SHIM = """#!/bin/sh
case "$1" in
  scheduler) "{python}" -m demarche.standalone await && exec "{airflow}" "$@" --skip-serve-logs ;;
  triggerer) exec "{airflow}" "$@" --skip-serve-logs ;;
  *) exec "{airflow}" "$@" ;;
esac
"""


class StandaloneError(RuntimeError):
    """Why it cannot start, in one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Files of one standalone Airflow."""

    home: Path

    @property
    def pid(self) -> Path:
        """The process that `make stop` ends, with the time it began."""
        return self.home / "standalone.json"

    @property
    def log(self) -> Path:
        """What Airflow says."""
        return self.home / "standalone.log"

    @property
    def passwords(self) -> Path:
        """The login, made at the first start."""
        return self.home / "passwords.json"

    @property
    def keys(self) -> Path:
        """Secrets that sign sessions and tokens, made at the first start."""
        return self.home / "keys.json"


def run(settings: Settings, out: TextIO) -> int:
    """Start Airflow, say where it is, tell what arrives, and end every process with this one."""
    place = Place(settings.home / "airflow")
    place.home.mkdir(parents=True, exist_ok=True)
    if running := _running(place):
        raise StandaloneError(
            f"already running as process {running.pid} at http://127.0.0.1:{settings.port}: make stop"
        )
    if _is_taken(settings.port):
        raise StandaloneError(
            f"port {settings.port} is in use by another program: free it or say DEMARCHE_PORT=8081 make run"
        )
    environment = _environment(settings, place)
    _prepare(place, environment)
    with place.log.open("ab") as log:
        process = subprocess.Popen(
            ["airflow", "standalone"],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=PROJECT,
        )
    _write_private(place.pid, {"pid": process.pid, "began": psutil.Process(process.pid).create_time()})
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    try:
        _await_ready(settings, process, place)
        _say_where(settings, place, out)
        _tell(settings, process, out)
        if not place.pid.exists():  # `make stop` in another terminal
            return 0
        print(f"demarche: Airflow ended by itself, see {place.log}", file=out)
        return 1
    except KeyboardInterrupt:
        print("\ndemarche: stopping", file=out, flush=True)
        return 0
    finally:
        end_session(process.pid)
        place.pid.unlink(missing_ok=True)
        print("demarche: stopped", file=out, flush=True)


def stop(settings: Settings, out: TextIO) -> int:
    """End a standalone Airflow that another terminal started."""
    place = Place(settings.home / "airflow")
    running = _running(place)
    place.pid.unlink(missing_ok=True)  # first, so that the other terminal knows that somebody meant it
    if running is None:
        print("demarche: not running", file=out)
        return 0
    end_session(running.pid)
    print("demarche: stopped", file=out)
    return 0


def airflow(settings: Settings, words: list[str]) -> int:
    """Run one command of Airflow's in the environment of `make run`; returns its exit status."""
    place = Place(settings.home / "airflow")
    place.home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [Path(sys.executable).with_name("airflow"), *words], env=_environment(settings, place), check=False
    ).returncode


def end_session(leader: int) -> None:
    """End the processes of a session, children that left it included: first asked, then told, then killed."""
    known: dict[int, psutil.Process] = {}
    for name, patience in PATIENCE:
        known |= {p.pid: p for p in _members(leader)}
        for process in list(known.values()):
            # A first SIGINT goes to the leader only, which ends its components in order.
            if name != "SIGINT" or process.pid == leader:
                _signal(process, getattr(signal, name))
        _, alive = psutil.wait_procs(list(known.values()), timeout=patience)
        known = {p.pid: p for p in alive}
        if not known and not _members(leader):
            return


def _members(leader: int) -> list[psutil.Process]:
    """The living processes of a session and their descendants."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) != leader or process.status() == psutil.STATUS_ZOMBIE:
                continue
            found[process.pid] = process
            found |= {child.pid: child for child in process.children(recursive=True)}
        except (psutil.Error, OSError):
            continue  # it ended while we looked
    return list(found.values())


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):  # it ended before
        process.send_signal(number)


def _running(place: Place) -> psutil.Process | None:
    """The standalone Airflow that the file names, where it is alive and still the same process."""
    try:
        noted = json.loads(place.pid.read_text(encoding="utf-8"))
        process = psutil.Process(noted["pid"])
        return process if abs(process.create_time() - noted["began"]) < 1 else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None


def _environment(settings: Settings, place: Place) -> dict[str, str]:
    """The environment of Airflow's processes. What the user has set in AIRFLOW__… wins."""
    keys = _kept(place.keys, lambda: {"session": secrets.token_hex(48), "token": secrets.token_hex(48)})
    _kept(place.passwords, lambda: {"admin": secrets.token_urlsafe(12)})
    ours = {
        **AIRFLOW,
        "CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(place.passwords),
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{settings.port}/execution/",
        "API__PORT": str(settings.port),
        "API__BASE_URL": f"http://127.0.0.1:{settings.port}",
        "API__SECRET_KEY": keys["session"],
        "API_AUTH__JWT_SECRET": keys["token"],
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{place.home}/airflow.db",
    }
    environment = {f"AIRFLOW__{name}": value for name, value in ours.items()} | dict(os.environ)
    binaries = Path(sys.executable).parent
    shims = place.home / "bin"
    shims.mkdir(exist_ok=True)
    shim = shims / "airflow"
    shim.write_text(SHIM.format(python=sys.executable, airflow=binaries / "airflow"), encoding="utf-8")
    shim.chmod(0o755)
    environment |= {
        "AIRFLOW_HOME": str(place.home),
        "DEMARCHE_HOME": str(settings.home),
        "PATH": f"{shims}{os.pathsep}{binaries}{os.pathsep}{environment.get('PATH', '')}",
    }
    return environment


def _prepare(place: Place, environment: dict[str, str]) -> None:
    """Make Airflow's database with the warehouse's pool, once."""
    done = place.home / ".prepared"
    if done.exists() and (place.home / "airflow.db").exists():
        return
    for command in (
        ["airflow", "db", "migrate"],
        ["airflow", "pools", "set", "warehouse", "1", "The warehouse has one writer"],
    ):
        result = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=PROJECT, check=False)
        if result.returncode:
            place.log.write_text(result.stdout + result.stderr, encoding="utf-8")
            raise StandaloneError(f"`{' '.join(command)}` failed, see {place.log}")
    done.touch()


def _await_ready(settings: Settings, process: "subprocess.Popen[bytes]", place: Place) -> None:
    """Wait until the page, the scheduler and the DAG processor answer."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise StandaloneError(f"Airflow ended while starting, see {place.log}")
        health = _health(settings.port)
        if all(
            health.get(part, {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")
        ):
            return
        time.sleep(0.5)
    raise StandaloneError(f"Airflow did not become ready within {READY_WITHIN} s, see {place.log}")


def await_server(settings: Settings) -> int:
    """Wait until something listens on the page's port."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", settings.port), timeout=2):
            return 0
        time.sleep(0.2)
    return 1


def _health(port: int) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
            return health if isinstance(health, dict) else {}
    except (OSError, ValueError, urllib.error.URLError):
        return {}


def _say_where(settings: Settings, place: Place, out: TextIO) -> None:
    login = json.loads(place.passwords.read_text(encoding="utf-8"))
    name, password = next(iter(login.items()))
    print(
        f"""
  Demarche is running. The first collection has begun; the next follow every quarter of an hour.

    page        http://127.0.0.1:{settings.port}
    login       {name} / {password}
    published   {settings.published}
    logs        {place.log}

  Ask it:  .venv/bin/demarche sql "SELECT title, initiators, targets FROM mart.stories ORDER BY last_seen_at DESC"
  Stop it: Ctrl-C here, or `make stop` anywhere.
""",
        file=out,
        flush=True,
    )


def _tell(settings: Settings, process: "subprocess.Popen[bytes]", out: TextIO) -> None:
    """Say what each new published copy holds, until Airflow ends."""
    published, seen = Published(settings), 0.0
    while process.poll() is None:
        time.sleep(1)
        made = settings.published.stat().st_mtime if settings.published.exists() else 0.0
        if made <= seen:
            continue
        seen = made
        try:
            _, rows = published.query("SELECT count(*), (SELECT count(*) FROM raw.entries) FROM mart.stories")
        except WarehouseError as error:
            print(f"demarche: {error}", file=out, flush=True)
        else:
            at = time.strftime("%H:%M:%S")
            print(f"  {at}  published: {rows[0][1]} entries, {rows[0][0]} stories", file=out, flush=True)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def _kept(path: Path, make: Any) -> dict[str, str]:
    """What a private file holds; made where it is not there."""
    if not path.exists():
        _write_private(path, make())
    values = json.loads(path.read_text(encoding="utf-8"))
    return {str(key): str(value) for key, value in values.items()}


def _write_private(path: Path, values: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """`python -m demarche.standalone run|stop|await`; the last is for the scheduler's start."""
    words = sys.argv[1:] if arguments is None else arguments
    if words not in (["run"], ["stop"], ["await"]):
        print("usage: python -m demarche.standalone run|stop|await", file=sys.stderr)
        return 2
    if shutil.which("airflow", path=str(Path(sys.executable).parent)) is None:
        print("demarche: Airflow is not installed in this environment: make setup", file=sys.stderr)
        return 1
    try:
        settings = read_settings()
        match words[0]:
            case "run":
                return run(settings, sys.stdout)
            case "stop":
                return stop(settings, sys.stdout)
            case _:
                return await_server(settings)
    except (StandaloneError, SettingsError) as error:
        print(f"demarche: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
