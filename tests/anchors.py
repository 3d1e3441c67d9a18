"""What pages link to, and what can be linked to in them: in HTML, and in MyST's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

# As in book/conf.py; docutils gives every heading an id as well.
DEEPEST_ANCHOR = 4


class Anchors(HTMLParser):
    """The links of a piece of HTML, and its ids."""

    def __init__(self, html: str = "") -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        # Pictures and scripts are most of a page, and have no links.
        html = re.sub(r'"data:[^"]*"', '"data:"', html)
        self.feed(re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", html, flags=re.S))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.append(value)
            if value and (name == "id" or (name == "name" and tag == "a")):
                self.ids.add(value)


@dataclass
class Markdown:
    """What stands in one page of Markdown.

    links, html_links : from ``[words](here)``, and from ``<a href="here">``
    slugs : of the headings, as Markdown's links name them
    ids : what HTML can link to
    targets : labels, from ``(label)=``
    roles, directives : (name, content)
    formulas : in LaTeX
    """

    links: list[str] = field(default_factory=list)
    html_links: list[str] = field(default_factory=list)
    slugs: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    roles: list[tuple[str, str]] = field(default_factory=list)
    directives: list[tuple[str, str]] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)

    def toctree(self) -> list[str]:
        """The pages below this one."""
        lines = [
            line.strip()
            for name, content in self.directives
            if name == "toctree"
            for line in content.splitlines()
        ]
        entries = [line for line in lines if line and not line.startswith(":")]
        return [re.sub(r"^.*<(.*)>$", r"\1", entry) for entry in entries]


_MYST = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(myst_block_plugin)
    .use(myst_role_plugin)
    .use(colon_fence_plugin)
    .use(dollarmath_plugin, double_inline=True)
)
_GITHUB = MarkdownIt("commonmark").enable("table")


def of_markdown(path: Path, *, myst: bool = True) -> Markdown:
    """A page, or a notebook's cells of text: as the book reads it, or as GitHub does."""
    page = Markdown()
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    else:
        texts = [path.read_text("utf-8")]
    for text in texts:
        _read(text, page, _MYST if myst else _GITHUB)
    return page


def _read(text: str, page: Markdown, reader: MarkdownIt) -> None:
    tokens = reader.parse(text)
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            _heading(tokens[i + 1], int(token.tag[1]), page)
        elif token.type == "myst_target":
            page.targets.add(token.content)
            page.ids.add(token.content)
        elif token.type == "html_block":
            _html(token.content, page)
        elif token.type == "fence" and (name := re.match(r"\{([\w-]+)\}", token.info)):
            page.directives.append((name[1], token.content))
        elif token.type in ("math_block", "math_block_label"):
            page.formulas.append(token.content)
        elif token.type == "colon_fence":
            _read(token.content, page, reader)
        for child in token.children or ():
            _inline(child, page)


def _inline(token: Token, page: Markdown) -> None:
    if token.type == "link_open":
        page.links.append(str(token.attrs["href"]))
    elif token.type == "image":
        page.links.append(str(token.attrs["src"]))
    elif token.type == "html_inline":
        _html(token.content, page)
    elif token.type in ("math_inline", "math_inline_double"):
        page.formulas.append(token.content)
    elif token.type == "myst_role":
        page.roles.append((token.meta["name"], token.content))


def _html(text: str, page: Markdown) -> None:
    found = Anchors(text)
    page.html_links += found.links
    page.ids |= found.ids


def _heading(inline: Token, level: int, page: Markdown) -> None:
    parts = [c.content for c in inline.children or () if c.type in ("text", "code_inline")]
    words = "".join(parts)
    page.ids.add(re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-"))
    if level <= DEEPEST_ANCHOR:
        slug = re.sub(r"[^\w\- ]", "", words.lower().replace(" ", "-"))
        page.slugs.add(next(name for name in _numbered(slug) if name not in page.slugs))


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    number = 1
    while True:
        yield f"{slug}-{number}"
        number += 1


def outside(link: str) -> bool:
    """Whether a link leads to the network, to mail, or holds what it shows."""
    return bool(re.match(r"[a-z]+:|//", link))


def local(links: Iterable[str]) -> list[tuple[str, str]]:
    """(path, place in it) of the links that lead to files beside this one."""
    found = (link.partition("#") for link in links if not outside(link))
    return [(path, place) for path, _, place in found]
