"""Outputs of a student's process: what may be shown stays, everything else is removed."""

from __future__ import annotations

import base64
import copy
import json
import re
from html import escape
from html.parser import HTMLParser

import matplotlib as mpl
import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import folders
from autograder.checking import render
from autograder.checking.verdict import Problem, Verdict
from autograder.grading.outputs import _TAGS, harmless, harmless_html

LIMIT = 1_000_000
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(20)).decode()


def display(**data):
    mime_types = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "data": mime_types, "metadata": {}}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data):
    [output] = harmless([display(**data)], LIMIT)
    return output["data"]


def page(outputs):
    """The outputs with parsed HTML, because an attribute can be written in several ways."""
    outputs = copy.deepcopy(outputs)
    for data in (output.get("data", {}) for output in outputs):
        if "text/html" in data:
            data["text/html"] = BeautifulSoup(data["text/html"], "html.parser")
    return outputs


def standing_still(outputs):
    """Parsed outputs without what moves a picture, and what suits it to JupyterLab's theme."""
    for html in (o["data"]["text/html"] for o in outputs if "text/html" in o.get("data", {})):
        for script in html("script"):
            script.decompose()
        for tag in html(True):
            tag.attrs = {k: v for k, v in tag.attrs.items() if not k.startswith("data-")}
            if style := tag.get("style"):
                kept = [
                    d for d in style.split(";") if not re.match("background:|isolation|mix-", d)
                ]
                tag["style"] = ";".join(kept)
    return outputs


@pytest.mark.parametrize("name", folders.notebooks())
def test_outputs_of_the_course_come_through_as_they_are(name):
    for cell in nbformat.read(folders.master(name), as_version=4).cells:
        if cell.cell_type == "code":
            cleaned = page(harmless(cell.outputs, 10 * LIMIT))
            assert standing_still(cleaned) == standing_still(page(cell.outputs))


def test_a_verdict_card_comes_through_as_it_is():
    evidence = (("got", "[1, 2]"), ("expected", "x < y"))
    problem = Problem("value", "a <b> & 'c'", evidence, "Swapped.", "Look at dW.")
    groups = (("first", 1.0, 1.0), ("second", 0.0, 1.0))
    verdict = Verdict("ewma", 1.0, 2.0, groups, problem)
    card = render.as_html(verdict)
    assert BeautifulSoup(harmless_html(card), "html.parser") == BeautifulSoup(card, "html.parser")


def test_a_table_of_pandas_looks_the_same():
    table = """<div>
<style scoped>
    .dataframe tbody tr th { vertical-align: top; }
</style>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th colspan="2">a &lt; b</th>
    </tr>
  </thead>
</table>
</div>"""
    cleaned = harmless_html(table)
    assert re.sub(r"\s", "", cleaned).replace(";", "") == re.sub(
        r"\s", "", re.sub(r"<style.*?</style>", "", table, flags=re.DOTALL)
    ).replace(";", "")


@pytest.mark.parametrize(
    ("attack", "harmless_form"),
    [
        ("<script>alert(1)</script>text", "text"),
        ("<SCRIPT>alert(1)</sCrIpT >text", "text"),
        ("<script>alert(1)", ""),
        ("<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"),
        ("<img src=x onerror=alert(1)>", "<img>"),
        ('<img src="https://example.org/pixel.png">', "<img>"),
        ('<img src="data:image/svg+xml;base64,AAAA">', "<img>"),
        ('<img srcset="https://example.org/a 1x">', "<img>"),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noreferrer">x</a>'),
        ('<a href=" jav&#x09;ascript:alert(1)">x</a>', '<a rel="noreferrer">x</a>'),
        ('<a href="\x01javascript:alert(1)">x</a>', '<a rel="noreferrer">x</a>'),
        ('<a href="vbscript:x">x</a>', '<a rel="noreferrer">x</a>'),
        ('<a href="data:text/html,<script>alert(1)</script>">x</a>', '<a rel="noreferrer">x</a>'),
        ('<a href="/formgrader/api/grade/1">x</a>', '<a rel="noreferrer">x</a>'),
        ('<a href="https://example.org/?a=1&amp;b" target="_top">x</a>',
         '<a href="https://example.org/?a=1&amp;b" rel="noreferrer">x</a>'),
        ("<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>y", "y"),
        ("<math><mi href='javascript:alert(1)'>x</mi></math>y", "y"),
        ('<iframe srcdoc="&lt;script&gt;"></iframe>y', "y"),
        ("<object data=x.swf></object><embed src=x>y", "y"),
        ('<meta http-equiv="refresh" content="0;url=//example.org">y', "y"),
        ('<base href="//example.org"><link rel=stylesheet href=x>y', "y"),
        ("<style>body{display:none}</style>y", "y"),
        ('<form id="x" action="//example.org"><input name=score value=9>y</form>', "y"),
        ("<textarea id=a-comment>x</textarea>y", "y"),
        ('<p id="momentum_step" name="score" class="score">y</p>', "<p>y</p>"),
        ('<div class="navbar-fixed-top highlight">y</div>', '<div class="highlight">y</div>'),
        ('<p data-toggle="tooltip" data-link="x" contenteditable>y</p>', "<p>y</p>"),
        ('<p style="position:fixed;top:0;left:0;z-index:9;color:red">y</p>',
         '<p style="color:red">y</p>'),
        ('<p style="background-color:url(//example.org)">y</p>', "<p>y</p>"),
        ('<p style="background:red;transform:scale(9);float:left">y</p>', "<p>y</p>"),
        ('<p style="width:expression(alert(1))">y</p>', "<p>y</p>"),
        ('<p style="color:u\\72l(//example.org)">y</p>', "<p>y</p>"),
        ('<p style="color:ur/**/l(//example.org)">y</p>', "<p>y</p>"),
        ('<p style="margin-top:-900px">y</p>', "<p>y</p>"),
        ('<p style="margin:0 -.5em">y</p>', "<p>y</p>"),
        ('<p style="margin:var(--x,-9em)">y</p>', "<p>y</p>"),
        ("<!-- <b> --><!doctype x><?php x?><![CDATA[x]]>y", "y"),
        ("<!--><img src=x onerror=alert(1)>-->y", "<img>--&gt;y"),
        ("</div></div></body>y", "y"),
        ("<p><b>y", "<p><b>y</b></p>"),
        ("<b><p>x</b>y</p>", "<b></b><p><b>x</b>y</p>"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("&amp;lt;script&amp;gt;", "&amp;lt;script&amp;gt;"),
        (r"$\hr<x>ef{y}$", r"$\text{href}{y}$"),
        (r"$\href{javascript:alert(1)}{x}$", r"$\text{href}{javascript:alert(1)}{x}$"),
        ("<b\x00 onclick=x>\x00y\x1b]0;title\x07", "<b>y]0;title</b>"),
    ],
)  # fmt: skip
def test_html_that_attacks(attack, harmless_form):
    assert harmless_html(attack) == harmless_form


class Reader(HTMLParser):
    """Reads a text as a page would."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "col", "hr", "img", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open
        assert self.open.pop() == tag


# Pieces that make tags, quotes and comments meet where they should not.
PIECES = st.sampled_from(
    [
        "<", ">", "</", "/>", '"', "'", "=", " ", "\n", "&", "&lt;", "&#60;", "<!--", "-->", "<![",
        "]]>", "<?", "\\", "\x00", "\ud800", "script", "style", "img", "a", "p", "b", "td", "svg",
        "textarea", "title", "x", " src=", " href=", " onload=", " style=", " class=", " id=",
        "javascript:", "data:", "data:image/png;base64,AAAA", "https://x", "url(", "color:red;",
        "-1px", "highlight",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join))
@settings(max_examples=300)
def test_any_html_becomes_tags_of_the_list_all_closed(text):
    cleaned = harmless_html(text)
    cleaned.encode()
    page = Reader(cleaned)
    assert page.open == []
    for tag, attributes in page.tags:
        assert tag in _TAGS
        assert set(attributes) <= {"href", "rel", "src", "style", "class"}
        assert attributes.get("href", "https://").startswith("https://")
        assert attributes.get("src", "data:image/png").startswith("data:image/png")
        assert "url" not in attributes.get("style", "")
        assert "class" not in attributes  # none of these tags may have one
    assert harmless_html(cleaned) == cleaned


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
)
MIME_TYPES = st.text(max_size=8) | st.sampled_from(
    [
        "text/plain",
        "text/html",
        "text/markdown",
        "text/latex",
        "image/png",
        "image/jpeg",
        "image/svg+xml",
        "application/javascript",
        "application/json",
        "application/vnd.jupyter.widget-view+json",
    ]
)
TEXTS = st.text(max_size=30) | st.lists(st.text(max_size=8), max_size=3)
OUTPUTS = st.fixed_dictionaries(
    {
        "output_type": st.sampled_from(
            ["stream", "error", "display_data", "execute_result", "update_display_data", "x"]
        )
        | JSON
    },
    optional={
        "name": st.sampled_from(["stdout", "stderr", "stdin"]) | JSON,
        "text": TEXTS | JSON,
        "data": st.dictionaries(MIME_TYPES, TEXTS | JSON, max_size=4) | JSON,
        "metadata": JSON,
        "transient": JSON,
        "ename": TEXTS | JSON,
        "evalue": TEXTS | JSON,
        "traceback": st.lists(TEXTS | JSON, max_size=3) | JSON,
        "execution_count": JSON,
    },
)


@given(st.lists(OUTPUTS | JSON, max_size=4) | JSON, st.integers(0, 2_000))
@settings(max_examples=300)
def test_any_json_becomes_valid_outputs_within_the_limit(sent, limit):
    outputs = harmless(sent, limit)
    cell = nbformat.v4.new_code_cell(outputs=nbformat.from_dict(outputs))
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    written = json.dumps(outputs, ensure_ascii=False).encode()
    assert len(written) < 4 * limit + 2_000  # quotes and backslashes take two characters
    unlimited = harmless(sent, LIMIT)
    assert harmless(unlimited, LIMIT) == unlimited


def test_streams_and_errors_lose_control_characters_but_not_colours():
    text = "\x1b[1;31mred\x1b[0m\r50%\x08\x1b[2J\x1b]0;x\x07\x00 \ud800\n\t"
    [output] = harmless([stream(["a", text])], LIMIT)
    assert output["text"] == "a\x1b[1;31mred\x1b[0m\r50%]0;x \N{REPLACEMENT CHARACTER}\n\t"
    error = {"output_type": "error", "ename": 3, "evalue": text, "traceback": [text, None]}
    [output] = harmless([error], LIMIT)
    assert output["ename"] == ""
    assert output["traceback"] == [output["evalue"], ""]


def test_pictures_must_be_what_they_say():
    assert shown(image_png=PNG, text_plain="p") == {"image/png": PNG, "text/plain": "p"}
    assert shown(image_png=f"{PNG[:8]}\n{PNG[8:]}") == {"image/png": PNG}
    assert shown(image_jpeg=JPEG) == {"image/jpeg": JPEG}
    assert shown(image_jpeg=PNG) == {"text/plain": "[not shown: image/jpeg]"}
    assert shown(image_png=f'{PNG}" onload="x') == {"text/plain": "[not shown: image/png]"}
    svg = display(text_plain="<Figure>") | {
        "data": {"text/plain": "<Figure>", "image/svg+xml": "<svg>"}
    }
    [output] = harmless([svg], LIMIT)
    assert output["data"] == {"text/plain": "<Figure>\n[not shown: image/svg+xml]"}


def test_what_a_page_would_run_or_render_is_shown_as_text_or_named():
    assert shown(text_markdown="<img src=x onerror=a()>") == {
        "text/plain": "<img src=x onerror=a()>"
    }
    assert shown(text_latex="$x$", text_plain="x") == {"text/plain": "x"}
    assert shown(application_javascript="alert(1)") == {
        "text/plain": "[not shown: application/javascript]"
    }
    assert shown(text_html="<script>x</script>", text_plain="obj") == {
        "text/plain": "obj\n[not shown: text/html]"
    }
    assert shown(text_html="<b>x</b>", application_json={}) == {"text/html": "<b>x</b>"}


def test_a_flood_is_cut_and_the_traceback_still_there():
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["last", "line"]}
    flood = [stream("x" * 600) for _ in range(1000)]
    outputs = harmless([*flood, error, stream("after")], 1_000)
    assert [o["output_type"] for o in outputs] == ["stream", "stream", "stream", "error"]
    assert outputs[1]["text"] == "x" * 200
    assert "cut here" in outputs[2]["text"]
    assert outputs[3] == error
    cut = harmless([stream("é" * 1000)], 301)[0]["text"]
    assert cut == "é" * 100
    long = error | {"traceback": ["t" * 10_000_000] * 3, "evalue": "v" * 10_000_000}
    assert len(json.dumps(harmless([long], 1_000))) < 50_000


@pytest.mark.parametrize(
    "text",
    [
        "<a " * 20_000,
        '<a x="' * 20_000,
        "<!--" * 20_000,
        "<![" * 20_000,
        "</a " * 20_000,
        "<div>" * 19_999,
        "<" * 1_000_000,
        "&#" * 300_000,
        "\x1b[1;" * 200_000,
        "<script>" + "</" * 9_000,
        "<p>" + "".join(f"<b id={i}>" for i in range(9_000)) + "<p>x" * 9_000,
        "<p " + " ".join(f"a{i}=b" for i in range(100_000)),
        '<p style="' + "color:a(-" * 100_000,
        '<p style="color:' + "a-" * 200_000,
    ],
    ids=lambda text: text[:12].strip(),
)
@pytest.mark.parametrize("end", ["", ">", '">x'])
def test_no_text_takes_long_or_grows(text, end):
    # If the time grew with the square of the length, each of these would take minutes.
    assert len(harmless_html(text + end)) < 10 * len(text)


def test_pages_are_not_nested_deeper_than_who_renders_them_can_walk():
    assert harmless_html("<div>" * 100 + "x").count("<div>") == 100
    assert harmless_html("<div>" * 101 + "x") == ""
    assert harmless_html("<div>" * 100_000 + "x") == ""


def test_figures_of_the_course(monkeypatch):
    mpl.use("agg")
    from reference_impl import plots

    sent = []
    monkeypatch.setattr(plots, "display", lambda data, raw: sent.append(data))
    alt = 'a < b & "c"'
    plots.show(plots.curves({"x": [1.0, 2.0]}), alt)
    [data] = sent
    outputs = [{"output_type": "display_data", "data": data, "metadata": {}}]
    cleaned = harmless(outputs, LIMIT)
    assert standing_still(page(cleaned)) == standing_still(page(outputs))
    assert f'alt="{escape(alt)}"' in data["text/html"]
