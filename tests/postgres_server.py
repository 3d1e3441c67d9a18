"""A PostgreSQL server for tests; with --install, get one if there is none."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports import free_port

ADMINISTRATOR, TEACHER = "postgres", "teacher"
PLACES = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # nobody needs these data after a power cut
    "max_connections": "40",
}


def find_programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; None if there is none."""
    if path := shutil.which("initdb"):
        return Path(path).resolve().parent
    found = [p for place in PLACES for p in Path("/").glob(place[1:]) if (p / "initdb").exists()]
    return max(found, default=None)


def can_install() -> bool:
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


def install() -> None:
    """Install Debian's package.

    Raises:
        subprocess.CalledProcessError: if it cannot be installed.
    """
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"]
    subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)


class Server:
    """A server with its own data, which it keeps when it is stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._as = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            names = {entry.pw_name for entry in pwd.getpwall()}
            somebody = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            self._as = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
            os.chown(folder, somebody.pw_uid, somebody.pw_gid)
        self.password = secrets.token_hex(8)
        self.port = free_port()
        given = folder / "password"
        given.write_text(self.password)
        given.chmod(0o644)
        how = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", *how, f"--username={ADMINISTRATOR}", f"--pwfile={given}")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": "''"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = self._folder / "log"
        self._run("pg_ctl", "start", "--wait", f"--log={log}", f"--options={options}")

    def stop(self) -> None:
        """Stop it at once: whoever is connected loses the connection."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def make_teacher(self) -> None:
        """Make the user who owns the databases, and may do nothing else."""
        self._execute(f"CREATE USER {TEACHER} PASSWORD '{self.password}'")

    def database(self, name: str) -> str:
        """A new and empty database; its URL."""
        self._execute(f'CREATE DATABASE "{name}" OWNER {TEACHER}')
        return f"postgresql+psycopg://{TEACHER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def _execute(self, command: str) -> None:
        import psycopg

        who = {"user": ADMINISTRATOR, "password": self.password, "dbname": "postgres"}
        with psycopg.connect(
            host="127.0.0.1", port=self.port, autocommit=True, **who
        ) as connection:
            connection.execute(command)

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, f"--pgdata={self._folder / 'data'}", *arguments]
        with (self._folder / "output").open("w+") as output:  # a server would keep a pipe open
            done = subprocess.run(
                command, cwd=self._folder, stdout=output, stderr=output, **self._as
            )
            output.seek(0)
            assert done.returncode == 0, output.read()


@contextmanager
def running() -> Iterator[Server]:
    """A new server, as long as it is needed.

    Raises:
        FileNotFoundError: if none is installed.
    """
    programs = find_programs()
    if programs is None:
        raise FileNotFoundError("no PostgreSQL server found; run: make postgres")
    with tempfile.TemporaryDirectory() as folder:  # pytest's folders are for its own user alone
        server = Server(programs, Path(folder))
        server.start()
        try:
            server.make_teacher()
            yield server
        finally:
            if (Path(folder) / "data" / "postmaster.pid").exists():
                server.stop()


if __name__ == "__main__":
    if not find_programs():
        if "--install" not in sys.argv:
            sys.exit("no PostgreSQL server found; run: make postgres")
        if not can_install():
            print("No PostgreSQL server was found, and only root can install Debian's: the tests")
            print("with a server will be skipped.")
        else:
            print("Installing PostgreSQL for the tests …", flush=True)
            try:
                install()
            except subprocess.CalledProcessError as error:
                sys.exit(f"PostgreSQL could not be installed ({error}). Install it, and try again.")
