"""`python -m book`: prepare the pages, and let Sphinx make the site of them."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from book.places import ROOT
from book.sources import prepare

EDITIONS = ("student", "instructor")


def main() -> int:
    """Build one edition."""
    parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    parser.add_argument("--edition", choices=EDITIONS, default="student")
    parser.add_argument("--to", type=Path, help="the site's folder; build/book if it is not given")
    arguments = parser.parse_args()
    edition = arguments.edition
    site = arguments.to or ROOT / "build" / ("book" if edition == "student" else "book-instructor")
    source = ROOT / "build/book-source" / edition
    source.parent.mkdir(parents=True, exist_ok=True)
    prepare(source, instructor=edition == "instructor")
    read = ROOT / f"build/book-source/{edition}-read"
    _forget_what_other_programs_read(read)
    options = ["-b", "html", "-c", str(Path(__file__).parent), "-t", edition, "-W", "--keep-going"]
    options += ["-q", "-j", "auto", "-d", str(read)]
    status = build_main([*options, str(source), str(site)])
    if not status:
        print(f"▸ The book, {edition}'s edition: {site / 'index.html'}")
    return status


def _forget_what_other_programs_read(read: Path) -> None:
    """Sphinx keeps pages whose text is the same, although we may write them differently now."""
    programs = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    digest, kept = hashlib.sha256(programs).hexdigest(), read / "programs.sha256"
    if not kept.is_file() or kept.read_text() != digest:
        shutil.rmtree(read, ignore_errors=True)
        read.mkdir(parents=True)
        kept.write_text(digest)


if __name__ == "__main__":
    sys.exit(main())
