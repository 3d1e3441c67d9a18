"""`python -m book`: prepare the pages, and let Sphinx make the site of them."""

from __future__ import annotations

import argparse
import hashlib
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
    options = ["-b", "html", "-c", str(Path(__file__).parent), "-t", edition, "-W", "--keep-going"]
    options += ["-q", "-j", "auto", "-d", str(ROOT / f"build/book-source/{edition}-read")]
    made_by, programs = site / ".programs", _digest_of_programs()
    if not made_by.is_file() or made_by.read_text() != programs:
        # Sphinx keeps pages whose text is the same, although we may write them differently now.
        options += ["-E", "-a"]
    status = build_main([*options, str(source), str(site)])
    if not status:
        made_by.write_text(programs)
        print(f"▸ The book, {edition}'s edition: {site / 'index.html'}")
    return status


def _digest_of_programs() -> str:
    texts = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"".join(texts)).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
