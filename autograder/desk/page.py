"""HTML pages that are one file, run nothing, fetch nothing, and show formulas without a network."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nh3
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.checking import render

CSP = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
MAX_FORMULA = 2_000  # characters; a longer one is shown as TeX
MAX_BRACES = 40  # nested: what converts and cleans a formula walks through it recursively
MAX_FORMULAS = 300  # of a text

# What latex2mathml writes. Nothing that acts or links is among it.
_MATHML = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup",
    "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mfenced", "menclose",
    "mpadded", "mphantom", "mstyle",
}  # fmt: skip
_MATHML_ATTRIBUTES = {
    "accent", "columnalign", "depth", "displaystyle", "fence", "form", "height", "largeop",
    "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation",
    "rspace", "scriptlevel", "separator", "stretchy", "width",
}  # fmt: skip
_MATHML_CLEANER = nh3.Cleaner(
    tags=_MATHML,
    attributes={tag: {"display"} if tag == "math" else _MATHML_ATTRIBUTES for tag in _MATHML},
    clean_content_tags={"script", "style"},
)


def mathml(tex: str, display: str) -> str:
    """A formula as MathML; its TeX as code if it cannot be converted.

    Args:
        display: ``"inline"`` or ``"block"``.
    """
    if len(tex) <= MAX_FORMULA and tex.count("{") <= MAX_BRACES:
        try:
            from latex2mathml.converter import convert

            if made := _MATHML_CLEANER.clean(convert(tex, display=display)):
                return made
        except Exception:  # not TeX that it knows: the reader sees what was written
            pass
    return f"<code>{escape(tex)}</code>"


def text(
    source: str,
    attachments: Mapping[str, Mapping[str, str]] | None = None,
    folder: Path | None = None,
    page: dict[str, Any] | None = None,
) -> Markup:
    """Markdown of somebody else as harmless HTML, with its formulas and its pictures."""
    formulas: list[str] = []
    # Formulas are away while the text is cleaned: their tags are cleaned by their own rules.
    name = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:16]

    def formula(tex: str, display: str) -> str:
        if len(formulas) >= MAX_FORMULAS:
            return f"<code>{escape(tex)}</code>"
        formulas.append(mathml(tex, display))
        return f"formula-{name}-{len(formulas) - 1}-"

    # Only here: what reads Markdown takes a while to load, and most commands write no page.
    from autograder.grading.nbgrader_plugins import text_as_html

    html = text_as_html(source, attachments or {}, folder, {} if page is None else page, formula)
    for i, made in enumerate(formulas):
        html = html.replace(f"formula-{name}-{i}-", made, 1)
    return Markup(html)


def sentence(words: str) -> Markup:
    """A sentence of the grader's whose `code` looks like it."""
    return Markup(render.in_html(words))


def number(value: float) -> str:
    """Points: two digits at most, and none that say nothing."""
    return f"{round(value, 2):g}"


def counted(count: float, thing: str) -> str:
    """``1 page``, ``2 pages``, ``1.5 points``."""
    return f"{number(count)} {thing}{'' if count == 1 else 's'}"


def anchor(name: str) -> str:
    """A name as the ``id`` of an element."""
    return re.sub(r"\W", "-", name)


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("autograder.desk", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "sentence": sentence, "anchor": anchor}
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    made.globals |= {"csp": CSP, "css": Markup(css)}
    return made


def page(template: str, **values: Any) -> str:
    """A page from one of the templates beside this module."""
    return _environment().get_template(template).render(**values)


@functools.cache
def edition() -> str:
    """Changes with everything that makes the pages look as they do."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in (".py", ".html", ".css"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def write(path: Path, content: str | bytes) -> None:
    """Put a file in its place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
