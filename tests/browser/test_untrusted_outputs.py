"""An assistant looks at a notebook full of attacks, in formgrader and in the feedback."""

from __future__ import annotations

import base64
import shutil
from functools import cache
from urllib.parse import urlsplit

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from playwright.sync_api import expect

from autograder import folders

pytestmark = pytest.mark.long("browser")  # one JupyterLab for all of them

NOTEBOOK = "01_ewma"
BOX = "check_ewma_step"  # the score box that the attacks aim at
EVIL = "https://attack.example"
# What nbconvert's own page loads: MathJax. A notebook must not reach anything else.
CDN = "https://cdnjs.cloudflare.com/ajax/libs/"

HTML = {
    "script": "<script>attacked('script')</script>",
    "onerror": "<img src=x onerror=\"attacked('onerror')\">",
    "svg": "<svg onload=\"attacked('svg')\"></svg>",
    "details": "<details open ontoggle=\"attacked('details')\"><summary>x</summary></details>",
    "javascript link": "<a href=\"javascript:attacked('javascript link')\">x</a>",
    "odd link": "<a href=\"jav&#x09;ascript:attacked('odd link')\">x</a>",
    "srcdoc": "<iframe srcdoc=\"<script>attacked('srcdoc')</script>\"></iframe>",
    "frame": "<iframe src=\"data:text/html,<script>attacked('frame')</script>\"></iframe>",
    "object": "<object data=\"data:text/html,<script>attacked('object')</script>\"></object>",
    "mixed case": "<ScRiPt>attacked('mixed case')</sCrIpT>",
    "broken comment": "<!--><img src=x onerror=\"attacked('broken comment')\">-->",
    "nested": "<noscript><p title=\"</noscript><img src=x onerror=attacked('nested')>\">",
    "mathml": "<math><mtext><table><mglyph><style><!--</style>"
    "<img title=\"--&gt;<img src=x onerror=attacked('mathml')>\">",
    "remote picture": f'<img src="{EVIL}/pixel.png">',
    "remote style": f'<link rel=stylesheet href="{EVIL}/style.css">',
    "style": f"<style>@import '{EVIL}/import.css'; #{BOX} {{display: none}}</style>",
    "background": f'<p style="background:url({EVIL}/background.png)">x</p>',
    "overlay": '<div style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999;'
    'background:red">x</div>',
    "pulled over": '<p style="margin:-500px -500px -500px;height:2000px;background:red">x</p>',
    "clobbered": f'<input id="{BOX}" class="score" name="score"><form id="notebook"></form>',
    "end of all": "</div></div></div></div></div></div><p>x",
    "mathjax": r"$\href{javascript:attacked('mathjax')}{x}$",
}
# A picture in an answer in words: it is shown, and runs and fetches nothing.
PICTURE = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="20" height="10" onload="attacked('picture')"><script>attacked('picture')</script>
<image href="{EVIL}/in_picture.png" width="5" height="5"/><rect width="20" height="10"/></svg>"""
REFRESH = f'<meta http-equiv="refresh" content="0;url={EVIL}/refresh">'


def attacks(texts):
    """Cells that try each text on each way into the page, and texts that fit only one way."""
    for text in texts:
        yield new_markdown_cell(f"A text\n\n{text}\n\nand inline {text}")
        yield new_raw_cell(text)
        outputs = [
            new_output("display_data", {mime_type: text})
            for mime_type in ("text/html", "text/markdown", "text/latex", "text/plain")
        ]
        outputs.append(new_output("stream", name="stdout", text=text))
        outputs.append(new_output("error", ename=text, evalue=text, traceback=[text]))
        yield new_code_cell(f"# {text}", outputs=outputs)
    yield new_markdown_cell(f"# {BOX}\n\n[x](javascript:attacked('markdown')) ![x]({EVIL}/a.png)")
    script = "attacked('application/javascript')"
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="attacked(\'image/svg+xml\')"/>'
    quote = "\"><img src=x onerror=attacked('picture')>"
    for mime_type, data in (
        ("application/javascript", script),
        ("image/svg+xml", svg),
        ("image/png", quote),
        ("text/vnd.mermaid", quote),
    ):
        yield new_code_cell(outputs=[new_output("display_data", {mime_type: data})])
    isolated = new_output("display_data", {"text/html": HTML["script"]})
    isolated.metadata = {"text/html": {"isolated": True}}
    yield new_code_cell(outputs=[isolated], metadata={"tags": [quote]})


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """``graded(protected)``: a course with such a notebook, graded by any program."""

    @cache
    def make(*, protected):
        folder = tmp_path_factory.mktemp("course") / "class"
        shutil.copytree(folders.master(NOTEBOOK).parent, folder / folders.SOLUTIONS / NOTEBOOK)
        config = (folders.repository() / "nbgrader_config.py").read_text(encoding="utf-8")
        if not protected:
            config = config.replace("c.HTMLExporter", "c.Nobody")
        (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
        api = folders.nbgrader(folder)
        assert api.generate_assignment(NOTEBOOK)["success"]
        with api.gradebook as gradebook:
            student = gradebook.update_or_create_student(
                "mallory", first_name="<img src=x onerror=attacked('name')>", last_name="M"
            )
            submission = gradebook.update_or_create_submission(NOTEBOOK, student.id)
            identity = submission.notebooks[0].id
        notebook = nbformat.read(folder / "course" / NOTEBOOK / f"{NOTEBOOK}.ipynb", as_version=4)
        notebook.cells[1:1] = list(attacks(HTML.values()))
        if protected:  # without protection there would be no page, or another one at once
            notebook.cells[1:1] = list(attacks([REFRESH]))
            drawn = base64.b64encode(PICTURE.encode()).decode()
            notebook.cells += [
                new_markdown_cell("![x](attachment:missing.png)"),
                new_markdown_cell(
                    "![drawn](attachment:a.svg)",
                    attachments={"a.svg": {"image/svg+xml": drawn}},
                ),
            ]
        path = folder / "autograded" / "mallory" / NOTEBOOK / f"{NOTEBOOK}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        assert folders.nbgrader(folder).generate_feedback(NOTEBOOK, "mallory")["success"]
        return folder, identity

    return make


@pytest.fixture
def seen(page):
    """What the page ran, fetched and asked for."""
    ran, fetched, asked = set(), set(), []
    page.expose_function("attacked", lambda name: ran.add(name))
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    def answer(route):
        url = route.request.url
        if urlsplit(url).hostname == "127.0.0.1" or url.startswith(("file:", "data:")):
            route.continue_()
        elif url.startswith(CDN):
            route.abort()
        else:
            fetched.add(url)
            route.fulfill(status=200, body="")

    page.route("**/*", answer)
    return ran, fetched, asked


def press_all_links(page):
    page.evaluate(
        "document.querySelectorAll('a[href]').forEach("
        "link => /^(https?|file):/.test(link.href) || link.click())"
    )
    page.wait_for_timeout(500)


def the_picture_is_there(page):
    drawn = page.locator("img[alt=drawn]")
    expect(drawn).to_have_count(1)
    return drawn.evaluate("drawn => [drawn.naturalWidth, drawn.naturalHeight]") == [20, 10]


def test_formgrader(graded, start_lab, page, seen, picture):
    folder, identity = graded(protected=True)
    with start_lab(folder) as lab:
        page.goto(lab.url("formgrader"))  # sets the cookie that the page's own requests need
        page.goto(lab.url(f"formgrader/submissions/{identity}/"))
        box = page.locator(f"#{BOX}")
        expect(box).to_have_count(1)
        # The marks come after the page, and are written over what was typed before.
        page.wait_for_function("window.formgrader?.grades?.loaded")
        assert the_picture_is_there(page)
        press_all_links(page)
        box.scroll_into_view_if_needed()
        assert box.evaluate(
            """box => { const r = box.getBoundingClientRect();
               return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === box }"""
        )
        with page.expect_response(lambda answer: "/api/grade/" in answer.url) as saved:
            box.fill("1")
            box.press("Tab")
        assert saved.value.ok
        picture("attacks-in-formgrader")
        page.mouse.wheel(0, -100_000)
        picture("attacks-in-formgrader-top")
        assert seen == (set(), set(), [])
    with folders.nbgrader(folder).gradebook as gradebook:
        assert gradebook.find_grade(BOX, NOTEBOOK, NOTEBOOK, "mallory").manual_score == 1.0


def test_feedback(graded, page, seen, picture):
    folder, _ = graded(protected=True)
    page.goto((folder / "feedback" / "mallory" / NOTEBOOK / f"{NOTEBOOK}.html").as_uri())
    expect(page.get_by_text("(Top)").first).to_be_visible()
    assert the_picture_is_there(page)
    press_all_links(page)
    picture("attacks-in-feedback")
    assert seen == (set(), set(), [])


def test_these_attacks_are_real(graded, page, seen):
    """Without this course's lines in nbgrader_config.py the attacks succeed."""
    folder, _ = graded(protected=False)
    page.goto((folder / "feedback" / "mallory" / NOTEBOOK / f"{NOTEBOOK}.html").as_uri())
    press_all_links(page)
    ran, fetched, _ = seen
    assert ran >= {"script", "onerror", "svg", "javascript link", "odd link", "srcdoc", "markdown"}
    assert fetched >= {f"{EVIL}/pixel.png", f"{EVIL}/style.css", f"{EVIL}/import.css"}
