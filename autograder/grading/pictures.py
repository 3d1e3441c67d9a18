"""Pictures in a student's text, for the pages on which it is marked.

They are files beside the notebook, attachments, or bytes that an editor has written into the text.
A page gets the bytes themselves, inside ``<img>`` alone, where a browser runs and fetches nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, MutableMapping
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from autograder.grading.submission import Unreadable, load
from autograder.grading.submission.reading import MEDIA_TYPES, brief

MAX_PICTURES = 64 * 2**20  # bytes on a page
MAX_SVG = 2**20

_LEFT = "bytes_left_for_pictures"  # of a page, in its resources
_WRITTEN = re.compile(r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=]{20,}+)")
_SOURCE = re.compile(r"(<img\b[^>]{0,1000}?\bsrc=)[\"']([^\"']*)[\"']([^>]*>)", re.IGNORECASE)
_MARK = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+={0,2}")
_SOMEWHERE_ELSE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


class Pictures:
    """The pictures of one text. They are away while it is rendered and cleaned.

    Args:
        attachments: of the cell: name → media type → base64.
        folder: of the notebook; None: there are no files beside it.
        page: nbconvert's resources, in which the page's bytes are counted.
    """

    def __init__(
        self,
        attachments: Mapping[str, Mapping[str, str]],
        folder: Path | None,
        page: MutableMapping[str, Any],
    ) -> None:
        self._attachments = attachments
        self._folder = folder
        self._page = page
        self._written: list[tuple[str, str]] = []
        self._shown: list[str] = []

    def take_out(self, source: str) -> str:
        """The text with a short name in place of each picture that is written into it."""

        def name(found: re.Match[str]) -> str:
            self._written.append((found[1], found[2]))
            return f"written:{len(self._written) - 1}"

        return _WRITTEN.sub(name, source)

    def mark(self, html: str) -> str:
        """Rendered HTML with a mark where a picture goes, and words for one that is not shown."""

        def place(found: re.Match[str]) -> str:
            url = unquote(unescape(found[2]))
            if _SOMEWHERE_ELSE.match(url) and not url.startswith(("attachment:", "written:")):
                return found[0]  # what is on the list may stay
            try:
                self._shown.append(self._embedded(url))
            except Unreadable as why:
                return f"<em>[{escape(str(why))}]</em>"
            return f'{found[1]}"{_mark(len(self._shown) - 1)}"{found[3]}'

        return _SOURCE.sub(place, html)

    def put_in(self, html: str) -> str:
        """Clean HTML with the pictures in place of their marks."""
        marks = {_mark(number): picture for number, picture in enumerate(self._shown)}
        return _MARK.sub(lambda found: marks.get(found[0], found[0]), html)

    def _embedded(self, url: str) -> str:
        kind, _, name = url.partition(":")
        if kind == "attachment":
            bundle = self._attachments.get(name, {})
            for media_type, data in bundle.items():
                return self._counted(name, media_type, data)
            raise Unreadable(f"The picture {brief(name)} is not in the notebook.")
        if kind == "written":
            return self._counted("in the text", *self._written[int(name)])
        media_type = MEDIA_TYPES.get(Path(url).suffix.lower().removeprefix("."), "")
        path, left = self._beside(url), self._page.setdefault(_LEFT, MAX_PICTURES)
        if path.stat(follow_symlinks=False).st_size > left:
            raise Unreadable(f"The picture {brief(url)} is too large for this page.")
        return self._counted(url, media_type, base64.b64encode(load(path, left)).decode())

    def _beside(self, name: str) -> Path:
        """A file below the notebook's folder; no link leads anywhere."""
        path = Path(name)
        whole = self._folder / path if self._folder else path
        inside = [*whole.parents][: len(path.parts) - 1]
        odd = path.is_absolute() or ".." in path.parts or any(p.is_symlink() for p in inside)
        if self._folder is None or odd or not whole.exists():
            raise Unreadable(f"The picture {brief(name)} was not handed in.")
        return whole

    def _counted(self, name: str, media_type: str, data: str) -> str:
        if not is_picture(media_type, data):
            raise Unreadable(f"The picture {brief(name)} is of a kind that is not shown.")
        left = self._page.setdefault(_LEFT, MAX_PICTURES) - len(data)
        if left < 0:
            raise Unreadable(f"The picture {brief(name)} is too large for this page.")
        self._page[_LEFT] = left
        return f"data:{media_type};base64,{data}"


def is_picture(media_type: str, data: str) -> bool:
    """Whether base64 holds what the media type says."""
    try:
        content = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        return False
    match media_type:
        case "image/png":
            return content.startswith(b"\x89PNG\r\n\x1a\n")
        case "image/jpeg":
            return content.startswith(b"\xff\xd8\xff")
        case "image/gif":
            return content.startswith(b"GIF8")
        case "image/webp":
            return content[:4] == b"RIFF" and content[8:12] == b"WEBP"
        case "image/svg+xml":
            return len(content) <= MAX_SVG and b"<svg" in content and b"<!ENTITY" not in content
    return False


def _mark(number: int) -> str:
    """A picture that the cleaner lets pass, of which there is no second one."""
    text = base64.b64encode(f"the picture {number:06} of this text".encode()).decode()
    return f"data:image/png;base64,{text}"
