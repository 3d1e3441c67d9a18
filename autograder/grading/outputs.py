"""Outputs of a student's process, made harmless for everybody who looks at the notebook.

formgrader and nbgrader's feedback put ``text/html`` into their page as it is, and formgrader runs
with an assistant's rights. So only HTML that is on a list is let through.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import nh3

Output = dict[str, Any]

_IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}  # how they begin
_COST = 100  # bytes that an output takes in the file besides its texts
_LAST_ERROR = 20_000  # bytes: a traceback is shown even when a flood came before it
# Limits of one text/html. To read it as browsers do takes a time that grows with the square of the
# number of tags, and of attributes of a tag: at these limits, a second.
_MAX_TAGS = 10_000  # a table of 60 rows and 20 columns has 2,700
_MAX_GAPS = 30_000  # 1 MB of base64 has 16,000
_MAX_REPEATED = 50
_MAX_GROWTH = 10  # times its length; only attacks come near it
_MAX_DEPTH = 100  # nested tags; programs that render the page walk through them recursively

# Control characters except newline, tab and return; halves of characters that UTF-8 cannot write.
# The pattern begins with one set of characters: a megabyte without any of them takes 10 ms.
_ODD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff](?:(?<=\x1b)\\[[0-?]*[ -/]*[@-~])?"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MIME_TYPE = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,80}")

_GAP = re.compile(r"&|[\s/\"']+")  # an attribute follows one of these; many & are slow, too
# A paragraph repeats those of these tags that are open before it, if they differ: so no attributes.
_REPEATED = re.compile(
    r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/]", re.IGNORECASE
)
_OPEN_OR_CLOSE = re.compile(r"<(/?)(?!(?:br|col|hr|img|wbr)\b)[a-z]")  # in a cleaned text
_TAGS = nh3.ALLOWED_TAGS | {"tfoot"}
# What is between these tags is not text for readers.
_NOT_TEXT = {
    "applet", "audio", "canvas", "iframe", "math", "noembed", "noframes", "noscript", "object",
    "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp",
}  # fmt: skip
# No id and no name: the page's own scripts find their elements by them. They use classes, too, so
# only the classes of pandas' tables and of highlighted code are allowed.
_CLASSES = {
    "div": re.compile("highlight"),
    "span": re.compile("[a-z][a-z0-9]{0,2}"),
    "table": re.compile("dataframe"),
}
_NONE = re.compile(r"(?!)")
_SOME_TEXT = re.compile(r"[^\x00-\x1f]*")
_NUMBER = re.compile(r"[0-9]{1,5}%?")
_ATTRIBUTES = {
    "a": {"href": re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)},
    "details": {"open": re.compile(r"(?:open)?")},
    "img": {
        "alt": _SOME_TEXT,
        "height": _NUMBER,
        "src": re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}"),
        "title": _SOME_TEXT,
        "width": _NUMBER,
    },
    "ol": {"start": _NUMBER},
    "table": {"border": _NUMBER},
    "td": {"colspan": _NUMBER, "rowspan": _NUMBER},
    "th": {"colspan": _NUMBER, "rowspan": _NUMBER},
}

# Nothing that can leave its place: an output on top of a score box could look like it.
_STYLES = re.compile(
    r"(?:background-color|border(?:-(?:left|right|top|bottom))?(?:-(?:color|style|width|radius))?"
    r"|border-collapse|border-spacing|caption-side|color|column-gap|display|font-family|font-size"
    r"|font-style|font-variant|font-weight|gap|grid-template-columns|list-style-type"
    r"|(?:margin|padding)(?:-(?:left|right|top|bottom))?|max-width|min-width|opacity|row-gap"
    r"|text-align|text-decoration|text-transform|vertical-align|white-space|width)"
)
_STYLE_VALUE = re.compile(r"[\w\s.,%#()'\"-]{1,200}", re.ASCII)
_STYLE_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_STYLE_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla", "var"})
_NEGATIVE = re.compile(r"(?<!\w)-\.?\d")

# Macros of MathJax that make links, styles and ids, or load more macros.
_ACTIVE_MATH = re.compile(r"\\(href|style|class|cssId|require)(?![A-Za-z])")


def harmless(outputs: Any, limit_bytes: int) -> list[Output]:
    """Outputs of a cell that any viewer can show without running or fetching anything.

    Args:
        outputs: what the student's process sent: any JSON.
        limit_bytes: for all of them together; a note says where they were cut. The last traceback
            is kept in addition.

    Returns:
        Valid outputs of nbformat 4: streams, errors, and displayed data as ``text/plain``,
        ``text/html`` (see :func:`harmless_html`), PNG and JPEG.
    """
    sent = outputs if isinstance(outputs, list) else []
    kept: list[Output] = []
    left = limit_bytes
    for position, item in enumerate(sent):
        output = _harmless(item)
        if output is None:
            continue
        size = _size(output)
        if size <= left:
            kept.append(output)
            left -= size
            continue
        if output["output_type"] == "stream":
            kept.append({**output, "text": _cut(output["text"], left - _COST)})
        kept.append(
            _stderr(f"\n[The outputs of this cell are cut here: over {limit_bytes:,} bytes.]")
        )
        kept += _last_error(sent[position:])
        break
    return kept


def harmless_html(text: str) -> str:
    """HTML that shows what ``text`` shows, as far as that needs only text, tables and colours.

    It keeps tags of text, lists and tables, images whose bytes are in the text, links to ``http``,
    ``https`` and ``mailto``, and styles that keep an element in its place. All tags are closed.
    Empty if nothing is left, or if there is too much to read.
    """
    text = _printable(text)
    if _too_much(text):
        return ""
    html = _ACTIVE_MATH.sub(r"\\text{\1}", _CLEANER.clean(text))
    grown = len(html) > _MAX_GROWTH * len(text)
    return "" if grown or _too_much(html) or _depth(html) > _MAX_DEPTH else html


def _too_much(html: str) -> bool:
    """Whether an HTML5 parser would take seconds for it."""
    return (
        html.count("<") > _MAX_TAGS
        or len(_GAP.findall(html)) > _MAX_GAPS
        or len(_REPEATED.findall(html)) > _MAX_REPEATED
    )


def _depth(html: str) -> int:
    """How deep the tags of a cleaned text are nested; all of them are closed there."""
    return max(
        accumulate((-1 if closes else 1 for closes in _OPEN_OR_CLOSE.findall(html)), initial=0)
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "rel":  # the cleaner's own
        return value
    value = value.strip()
    if name == "style":
        return _style(value) or None
    if name == "class":
        return " ".join(c for c in value.split() if _CLASSES.get(tag, _NONE).fullmatch(c)) or None
    return value if _ATTRIBUTES.get(tag, {}).get(name, _NONE).fullmatch(value) else None


def _style(text: str) -> str:
    """The declarations that keep an element in its place and fetch nothing."""
    kept = []
    for declaration in text.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if (
            _STYLES.fullmatch(name.lower())
            and _STYLE_VALUE.fullmatch(value)
            and {f.lower() for f in _STYLE_FUNCTION.findall(value)} <= _STYLE_FUNCTIONS
            and not _NEGATIVE.search(value)
        ):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_NOT_TEXT,
    attributes={"*": {"style"}} | {tag: {*_ATTRIBUTES.get(tag, ()), "class"} for tag in _TAGS},
    attribute_filter=_attribute,
    url_schemes={"data", "http", "https", "mailto"},
    link_rel="noreferrer",  # nobody else needs the address of formgrader's page
)


def _harmless(item: Any) -> Output | None:
    """One output, or None if nothing of it can be shown."""
    if not isinstance(item, dict):
        return None
    kind = item.get("output_type")
    if kind == "stream":
        text = _text(item.get("text"))
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text} if text else None
    if kind == "error":
        lines = item.get("traceback")
        return {
            "output_type": "error",
            "ename": _text(item.get("ename")),
            "evalue": _text(item.get("evalue")),
            "traceback": [_text(line) for line in lines] if isinstance(lines, list) else [],
        }
    if kind not in ("display_data", "execute_result") or not isinstance(item.get("data"), dict):
        return None
    output: Output = {"output_type": kind, "data": _data(item["data"]), "metadata": {}}
    if kind == "execute_result":
        count = item.get("execution_count")
        valid = type(count) is int and 0 <= count < 10**9
        output["execution_count"] = count if valid else None
    return output


def _data(sent: dict[Any, Any]) -> dict[str, str]:
    """The representations that can be shown; if only text is left, it says which were dropped."""
    data: dict[str, str] = {}
    if html := harmless_html(_text(sent.get("text/html"))):
        data["text/html"] = html
    for mime_type in _IMAGES:
        if image := _image(mime_type, _text(sent.get(mime_type))):
            data[mime_type] = image
    shown = bool(data)
    texts = (_text(sent.get(kind)) for kind in ("text/plain", "text/markdown", "text/latex"))
    plain = next(filter(None, texts), "")
    dropped = [
        str(kind)
        for kind in list(sent)[:10]
        if kind not in data
        and kind not in ("text/plain", "text/markdown", "text/latex")
        and _MIME_TYPE.fullmatch(str(kind))
    ]
    if dropped and not shown:
        plain = f"{plain}\n[not shown: {', '.join(dropped)}]".lstrip("\n")
    if plain or not shown:
        data["text/plain"] = plain
    return data


def _image(mime_type: str, text: str) -> str:
    """The base64 text of an image, without line breaks; empty if it is not of this type."""
    text = "".join(text.split())
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return ""
    return text if data.startswith(_IMAGES[mime_type]) else ""


def _text(value: Any) -> str:
    """A text of nbformat, which may be a list of lines; empty if it is neither."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return _printable(value) if isinstance(value, str) else ""


def _printable(text: str) -> str:
    """Without control characters, but with colours."""
    return _ODD.sub(_plain, text)


def _plain(odd: re.Match[str]) -> str:
    if _COLOUR.fullmatch(odd[0]):
        return odd[0]
    return "\N{REPLACEMENT CHARACTER}" if odd[0] >= "\ud800" else ""


def _size(output: Output) -> int:
    texts = [
        *output.get("data", {}).values(),
        *output.get("traceback", []),
        *(output.get(key, "") for key in ("text", "ename", "evalue")),
    ]
    return _COST + sum(len(text.encode()) for text in texts)


def _cut(text: str, size: int) -> str:
    """The first ``size`` bytes, without half a character at the end."""
    return text.encode()[: max(0, size)].decode(errors="ignore")


def _stderr(text: str) -> Output:
    return {"output_type": "stream", "name": "stderr", "text": text}


def _last_error(rest: Sequence[Any]) -> list[Output]:
    """The last error of these outputs, not too long."""
    for item in reversed(rest):
        error = _harmless(item)
        if error is not None and error["output_type"] == "error":
            text = _cut("\n".join(error["traceback"]), _LAST_ERROR)
            name, value = (_cut(error[key], _LAST_ERROR // 10) for key in ("ename", "evalue"))
            return [{**error, "ename": name, "evalue": value, "traceback": text.split("\n")}]
    return []
