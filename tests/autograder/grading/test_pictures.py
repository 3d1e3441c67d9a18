"""Pictures in written answers reach whoever marks them, and nothing else does."""

from __future__ import annotations

import base64

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config

from autograder.grading import pictures
from autograder.grading.submission import read

KINDS = {
    "png": b"\x89PNG\r\n\x1a\n rest",
    "webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "jpeg": b"\xff\xd8\xff rest",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
}
TYPES = {kind: f"image/{kind}" for kind in KINDS} | {"svg": "image/svg+xml"}


def uri(kind):
    return f"data:{TYPES[kind]};base64,{base64.b64encode(KINDS[kind]).decode()}"


def attached(*kinds):
    return {f"a.{kind}": {TYPES[kind]: base64.b64encode(KINDS[kind]).decode()} for kind in kinds}


@pytest.fixture
def page(tmp_path):
    """Makes the page of a notebook that lies in a folder with files."""
    plugins = "autograder.grading.nbgrader_plugins"
    config = Config()
    config.HTMLExporter.preprocessors = [f"{plugins}.Harmless"]
    config.HTMLExporter.filters = {"markdown2html": f"{plugins}.markdown2html"}

    def make(*sources, files=None, attachments=None):
        for name, content in (files or {}).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        cells = [new_markdown_cell(s, attachments=attachments or {}) for s in sources]
        nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")
        html, _ = HTMLExporter(config=config).from_filename(str(tmp_path / "a.ipynb"))
        return BeautifulSoup(html, "html.parser").main

    return make


def sources(page):
    return [image.get("src") for image in page.find_all("img")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["See ![a plot](my%20plots/a.{}).", "<img src='my plots/a.{}'>"])
def test_a_file_beside_the_notebook_is_shown(page, kind, text):
    shown = page(text.format(kind), files={f"my plots/a.{kind}": KINDS[kind]})
    assert sources(shown) == [uri(kind)]
    assert not shown.find_all("script")


def test_attachments_of_several_kinds_are_shown(page):
    text = "".join(f"![{kind}](attachment:a.{kind})" for kind in KINDS)
    assert sources(page(text, attachments=attached(*KINDS))) == list(map(uri, KINDS))


def test_a_submissions_attachments_of_all_kinds_are_kept():
    cell = new_markdown_cell("x", attachments=attached(*KINDS))
    text = nbformat.writes(new_notebook(cells=[cell]))
    assert read(text.encode()).cells[0].attachments == attached(*KINDS)


def test_a_photo_in_the_text_does_not_make_the_text_too_long(page):
    photo = "data:image/jpeg;base64," + base64.b64encode(KINDS["jpeg"] + b"x" * 300_000).decode()
    shown = page(f"**Look**: ![photo]({photo}) a *ravine*.")
    assert sources(shown) == [photo]
    assert shown.strong.text == "Look"


def test_a_picture_that_is_not_there_is_named_and_the_others_are_shown(page):
    shown = page("![a](gone.png) and ![b](b.png)", files={"b.png": KINDS["png"]})
    assert sources(shown) == [uri("png")]
    assert "The picture gone.png was not handed in." in shown.text


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "link.png", "all/secret.png"])
def test_no_file_from_elsewhere_is_shown(page, tmp_path, tmp_path_factory, name):
    outside = tmp_path_factory.mktemp("outside")
    for folder in (tmp_path.parent, outside):
        (folder / "secret.png").write_bytes(KINDS["png"])
    (tmp_path / "link.png").symlink_to(outside / "secret.png")
    (tmp_path / "all").symlink_to(outside)
    assert sources(page(f"![a]({name})")) == []


def test_what_is_no_picture_is_not_shown(page):
    shown = page("![a](a.png) ![b](b.txt)", files={"a.png": b"<script>", "b.txt": KINDS["png"]})
    assert sources(shown) == []
    assert shown.text.count("is of a kind that is not shown") == 2


def test_a_page_has_no_more_pictures_than_a_browser_can_hold(page, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PICTURES", 10_000)
    large = KINDS["png"] + bytes(5_000)
    shown = page("![a](a.png)", "![a](a.png) ![a](a.png)", files={"a.png": large})
    assert len(sources(shown)) == 1
    assert shown.text.count("is too large for this page") == 2
