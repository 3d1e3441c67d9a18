"""The database of a course's gradebook: a file of SQLite, or one on a server of PostgreSQL.

Several people may use it at once. nbgrader makes its tables when it finds none, and two programs
that find none at the same moment get in each other's way; so do two that add the same student.
Here one waits for the other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from autograder import folders
from autograder.grading.assignment import PRIVATE

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# Advisory locks of PostgreSQL: any two numbers that no other program takes in this database.
MAKING, WRITING = 0x6E62677264_01, 0x6E62677264_02

DAMAGED = (
    "The file is damaged. Put a copy from before in its place; or move it away for a new one, "
    "which gets the marks of this assignment, but not what people marked by hand."
)
ADVICE = {
    "database is locked": "Another program is writing to it: wait until it is done, or end it.",
    "disk is full": "Make room on this disk.",
    "disk I/O error": "Make room on this disk, or make it writable.",
    "readonly database": "Make it writable for you.",
    "unable to open database": "Make it, and its folder, writable for you.",
    "malformed": DAMAGED,
    "not a database": DAMAGED,
    "permission denied": "Make this user the owner of the database.",  # PostgreSQL
}
UNREACHABLE = (
    "See that the server runs and can be reached, and that c.CourseDirectory.db_url in "
    "nbgrader_config.py names its host, database, user and password."
)
OLDER = (
    "If nbgrader is newer than the gradebook: copy it to be safe, then run `nbgrader db upgrade`."
)
DRIVERS = {POSTGRESQL: ": pip install -e '.[postgres]' brings one, for postgresql+psycopg://…"}


@dataclass(frozen=True)
class Database:
    """Where the gradebook of a course is.

    Attributes:
        folder: of the course.
        url: with the password, if it has one.
        course_id: nbgrader's name for the course.
    """

    folder: Path
    url: URL
    course_id: str

    @classmethod
    def of(cls, folder: Path) -> Database:
        """The database that a course's configuration names."""
        settings = folders.configuration(folder).CourseDirectory
        return cls(folder, make_url(str(settings.db_url)), str(settings.get("course_id", "")))

    @property
    def location(self) -> str:
        """The URL as text, as nbgrader takes it."""
        return self.url.render_as_string(hide_password=False)

    @property
    def new_file(self) -> Path | None:
        """The file if it does not exist yet; a database on a server always does."""
        if self.url.get_backend_name() != SQLITE or not self.url.database:
            return None
        path = Path(self.url.database)
        return None if path.exists() else path

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """nbgrader's gradebook; its tables are made first if there are none.

        Raises:
            RuntimeError: if the database cannot be used.
        """
        with self.in_words():
            with self._alone_on_the_server():
                gradebook = self.connected()
            with gradebook:
                yield gradebook

    def connected(self, url: URL | None = None) -> Any:
        """nbgrader's gradebook, also of another ``url``; for a caller who is :meth:`alone`."""
        from nbgrader import api

        folders.ask_alembic_here()
        location = (url or self.url).render_as_string(hide_password=False)
        return api.Gradebook(location, *([self.course_id] if self.course_id else []))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While tables are made or an assignment is entered, others who do so wait.

        Others on this machine, and with PostgreSQL also those on other machines.
        """
        import fcntl  # Unix has it; Windows can read marks without it

        path = self.folder / PRIVATE / "gradebook.lock"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("w") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            with self._alone_on_the_server():
                yield

    @contextmanager
    def _alone_on_the_server(self) -> Iterator[None]:
        if self.url.get_backend_name() != POSTGRESQL:
            yield
            return
        engine = create_engine(self.url, poolclass=NullPool)  # the lock ends with the connection
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MAKING})
            connection.commit()
            yield

    def take_turn(self, connection: Any) -> None:
        """Until this transaction ends, wait for others who write marks, and let them wait.

        Two graders add the same student, and each would find that there is none.
        """
        match self.url.get_backend_name():
            case "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITING})
            case "sqlite":
                connection.execute(text("BEGIN IMMEDIATE"))

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turns an error of the database into a sentence.

        Raises:
            RuntimeError: with the sentence.
        """
        where = self.url.render_as_string(hide_password=True)
        logger = logging.getLogger("tornado.application")  # nbgrader's, also for what it raises
        level = logger.level
        logger.setLevel(logging.CRITICAL)
        try:
            yield
        except (DBAPIError, ValueError) as error:
            # nbgrader hides some errors of the database behind one of its own.
            of_database = error if isinstance(error, DBAPIError) else error.__context__
            if not isinstance(of_database, DBAPIError):
                raise
            said = " ".join(str(of_database.orig).split())
            unreachable = isinstance(of_database, OperationalError | InterfaceError)
            helps = self.advice(said, unreachable=unreachable) or OLDER
            raise RuntimeError(
                f"the gradebook {where} cannot be used: {said.rstrip('.')}. {helps}"
            ) from error
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            backend = self.url.get_backend_name()
            raise RuntimeError(
                f"the gradebook {where} cannot be used: {error}. Install the Python package that "
                f"connects to {backend}{DRIVERS.get(backend, '')}, then run the same command again."
            ) from error
        finally:
            logger.setLevel(level)

    def advice(self, said: str, *, unreachable: bool = False) -> str:
        """What helps, from what the database said; empty if that is not known.

        Args:
            unreachable: whether it was an error of the connection.
        """
        helps = next((helps for words, helps in ADVICE.items() if words in said), "")
        if not helps and unreachable and self.url.get_backend_name() != SQLITE:
            helps = UNREACHABLE
        return f"{helps} Then run the same command again: it continues from here." * bool(helps)
