"""What Sphinx reads has no dead link and no answer: seen without Sphinx, in seconds."""

from __future__ import annotations

import importlib
import inspect
import posixpath
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from anchors import Markdown, local, of_markdown, outside
from leaks import leaks

from book.docstrings import prepared
from book.formulas import mathml
from book.pages import modules
from book.places import ROOT

EDITIONS = ("student", "instructor")
# Pages that Sphinx makes of its own.
ITS_OWN = {"genindex.html", "search.html", "py-modindex.html"}


@cache
def page(path: Path, myst: bool = True) -> Markdown:
    return of_markdown(path, myst=myst)


@cache
def labels(folder: Path) -> set[str]:
    """What any page of the book may link to as ``#label``."""
    return set().union(*(page(path).targets for path in pages(folder)))


def known(source: Path, place: str) -> bool:
    """Whether a page has a heading, or a label, of that name."""
    found = page(source)
    return place in found.slugs or place in found.targets


def in_python(name: str) -> bool:
    """Whether a dotted name can be imported, and is documented on a page of the reference."""
    parts = name.split(".")
    for i in range(len(parts), 0, -1):
        module = ".".join(parts[:i])
        if module in modules():
            found = importlib.import_module(module)
            for part in parts[i:]:
                found = getattr(found, part, None)
            # autodoc's :members: are the documented names that are written in the module.
            own = getattr(found, "__module__", module) == module
            return bool(found is not None and inspect.getdoc(found) and own)
    return False


def dead_in_html(folder: Path, source: Path, link: str) -> bool:
    """Whether an ``<a href>`` or ``<img src>`` leads nowhere in the site."""
    path, _, place = link.partition("#")
    path = path.partition("?")[0]
    name = posixpath.normpath(posixpath.join(source.parent.relative_to(folder).as_posix(), path))
    if not path:
        return place not in page(source).ids
    if name in ITS_OWN or (folder / "extra" / name).is_file():
        return False
    if name.startswith("images/"):
        return not (folder / name).is_file()
    if name.startswith("_modules/") and folder.name == "instructor":  # the reference's source
        module = name.removeprefix("_modules/").removesuffix(".html").replace("/", ".")
        return not in_python(f"{module}.{place}")
    if not name.endswith(".html"):
        return True
    sources = [folder / f"{name.removesuffix('.html')}{end}" for end in (".md", ".ipynb")]
    there = [source for source in sources if source.is_file()]
    return not there or bool(place and place not in page(there[0]).ids)


def dead(folder: Path, source: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    found = []
    for path, place in local(page(source).links):
        target = (source.parent / path).resolve() if path else source
        if not target.is_file() or (
            place and not known(target, place) and (path or place not in labels(folder))
        ):
            found.append(f"{path}#{place}")
    found += [
        link
        for link in page(source).html_links
        if not outside(link) and dead_in_html(folder, source, link)
    ]
    found += [name for name in page(source).toctree() if not is_page(source.parent / name)]
    for role, content in page(source).roles:
        name = re.sub(r"^.*<(.*)>$", r"\1", content)
        if role != "py:obj" or not in_python(name):
            found.append(f"{role}: {content}")
    return found


def is_page(path: Path) -> bool:
    return any(path.with_name(path.name + ending).is_file() for ending in (".md", ".ipynb"))


def pages(folder: Path) -> list[Path]:
    found = [*folder.rglob("*.md"), *(folder / "course").glob("*.ipynb")]
    return [path.resolve() for path in found]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_link_of_the_book_leads_somewhere(request, edition):
    folder = request.getfixturevalue(edition).resolve()
    faults = {
        str(p.relative_to(folder)): found for p in pages(folder) if (found := dead(folder, p))
    }
    assert not faults


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_page_of_the_book_is_in_the_menu_once(request, edition):
    folder = request.getfixturevalue(edition).resolve()
    below = [
        posixpath.normpath((p.parent / name).relative_to(folder).as_posix())
        for p in pages(folder)
        for name in page(p).toctree()
    ]
    everything = [p.relative_to(folder).with_suffix("").as_posix() for p in pages(folder)]
    assert sorted(["index", *below]) == sorted(everything)


def test_a_dead_link_would_be_found(tmp_path):
    (tmp_path / "b.md").write_text("# There\n\n(label)=\nWords.\n\n##### Too deep\n")
    text = """
[x](b.md#there) [x](b.md#label) [x](#label) [x](#own) `[x](code.md)` $[x](math.md)$
<a href="b.html#there">
<a href="b.md">
[x](b.md#gone) [x](c.md) [x](#gone) [x](b.md#too-deep) <a href="b.html#gone"> <a href="c.html">
{py:obj}`reference_impl.optimizers.adam_step` {py:obj}`gone <reference_impl.optimizers.gone>`

:::{note}
[x](d.md)
:::

# Own

```{toctree}
b
Words <e>
```
"""
    (tmp_path / "a.md").write_text(text)
    found = dead(tmp_path.resolve(), (tmp_path / "a.md").resolve())
    gone = ["b.md#gone", "c.md#", "#gone", "b.md#too-deep", "d.md#"]
    gone += ["b.md", "b.html#gone", "c.html", "e"]
    assert found == [*gone, "py:obj: gone <reference_impl.optimizers.gone>"]


def test_a_formula_that_nobody_could_read_is_named():
    with pytest.raises(ValueError, match=r"does not understand all of .*gone"):
        mathml(r"\gone x")
    assert "</mtr><mtr>" in mathml("\\begin{pmatrix}1\\\\\n2\\end{pmatrix}")
    assert mathml("a\\\nb") == mathml("a\\ b")
    assert "<mtext>fan_in</mtext>" in mathml(r"\text{fan\_in}")


def test_every_formula_of_the_book_can_be_drawn(instructor):
    formulas = [formula for path in pages(instructor) for formula in page(path).formulas]
    assert len(formulas) > 500
    for formula in formulas:
        mathml(formula)


def test_every_link_of_the_repository_leads_somewhere():
    """As GitHub shows its files: what is written for people beside the book, and notebooks."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.md", "course/*.ipynb"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split()
    assert {"README.md", "docs/claims.md"} <= set(tracked)
    faults = {}
    for name in tracked:
        source = ROOT / name
        found = page(source, myst=False)
        for path, place in local([*found.links, *found.html_links]):
            target = (source.parent / path).resolve() if path else source
            there = target.exists()
            if there and place:
                there = target.suffix == ".md" and place in page(target, myst=False).slugs
            if not there:
                faults.setdefault(name, []).append(f"{path}#{place}")
    assert not faults


def test_no_answer_stands_in_what_sphinx_reads_for_the_students_edition(student):
    assert not leaks(student)
    for path in student.rglob("*.*"):
        if path.suffix in (".md", ".ipynb"):
            text = path.read_text("utf-8")
            assert not re.search("(BEGIN|END) (MARK SCHEME|SOLUTION)", text), path
            assert "<summary>Other ways to write it" not in text, path


def test_no_answer_stands_in_the_docstrings_that_sphinx_reads(tmp_path):
    for name in modules():
        module = importlib.import_module(name)
        documented = [module, *(m for m in vars(module).values() if in_module(m, name))]
        documented += [m for c in documented if inspect.isclass(c) for m in vars(c).values()]
        texts = ["\n".join(prepared((inspect.getdoc(m) or "").splitlines())) for m in documented]
        (tmp_path / f"{name}.txt").write_text("\n".join(texts), "utf-8")
    assert len(list(tmp_path.iterdir())) > 40
    assert not leaks(tmp_path)


def in_module(member: object, name: str) -> bool:
    return getattr(member, "__module__", None) == name
