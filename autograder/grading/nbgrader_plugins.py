"""The judge in stock nbgrader, and pages of students' notebooks that run nothing from them.

``nbgrader_config.py`` puts these in place of nbgrader's own. ``nbgrader autograde`` and
formgrader's button then grade as ``autograder grade`` does, and the pages that formgrader and
``nbgrader generate_feedback`` make of a notebook contain no code of the student.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Collection, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import NotebookExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Dict

from autograder import folders
from autograder.grading.late import Penalties
from autograder.grading.marks import Mark, look_again, write_comment, write_mark
from autograder.grading.outputs import harmless, harmless_html
from autograder.grading.pictures import Pictures

if TYPE_CHECKING:
    from autograder.grading.judge import GradedNotebook
    from autograder.grading.submission import Submission

Resources = dict[str, Any]

MAX_MARKDOWN = 20_000  # characters of a cell; a longer one is shown as plain text
MAX_SHOWN = 64 * 2**20  # bytes of a cell's outputs on a page


class AnyNotebook(NotebookExporter):
    """Accepts a file that nbformat cannot read: :class:`Judge` reads the file itself."""

    def from_file(
        self, file_stream: Any, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Convert a notebook from an open file."""
        try:
            notebook = nbformat.read(file_stream, as_version=4)
        except Exception:
            notebook = nbformat.v4.new_notebook()
        converted: tuple[str, Resources]
        converted = self.from_notebook_node(notebook, resources, **kw)  # type: ignore[no-untyped-call]
        return converted


class Judge(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the graded notebook in place of the one that was handed in."""

    limits = Dict(
        help="limits of the sandbox that differ from the defaults, as in {'cell_seconds': 120}"
    ).tag(config=True)
    all_cells = Bool(
        False, help="also run the cells that no mark depends on, for their pictures"
    ).tag(config=True)
    unsafe_no_sandbox = Bool(
        False, help="run students' code without a sandbox: it can do everything that you can"
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Grade the submission that the notebook belongs to.

        Raises:
            Unreadable: if it cannot be graded; nbgrader's log shows the reason.
        """
        names = resources["nbgrader"]
        coursedir = self.parent.parent.coursedir
        sitting = _Sitting.of(Path(coursedir.root), names["assignment"], self)
        submission = sitting.read(names["student"])
        graded = sitting.grade(submission, names["notebook"])
        for note in graded.notes:
            self.log.warning("%s, %s: %s", names["student"], names["notebook"], note)
        autograded = coursedir.format_path(
            coursedir.autograded_directory, names["student"], names["assignment"]
        )
        _keep_only(submission.files, Path(autograded))
        return nbformat.reads(graded.text, as_version=4), resources


def _keep_only(files: Collection[str], folder: Path) -> None:
    """Remove files that nbgrader copied beside a notebook but that the judge does not read.

    nbgrader copies through symbolic links, which may lead to files that are not the student's.
    """
    for path in folder.rglob("*"):
        known = path.suffix == ".ipynb" or path.relative_to(folder).as_posix() in files
        if not known and not path.is_dir():
            path.unlink()


class SaveMarks(SaveAutoGrades):  # type: ignore[misc]
    """Saves the marks that the judge gave; nbgrader would read them from the outputs."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Save the marks of a notebook."""
        self._record = nb.metadata["autograder"]
        saved: tuple[Any, Resources] = super().preprocess(nb, resources)
        return saved

    def preprocess_cell(self, cell: Any, resources: Resources, index: int) -> tuple[Any, Resources]:
        """Save what is stored about a cell.

        nbgrader has thrown the graded notebook from before away: nobody can tell any more whether
        an answer has changed, so a person is asked.
        """
        if cell.metadata.get("nbgrader", {}).get("task"):
            look_again(self.gradebook.find_grade(*self._names(cell)))
            self.gradebook.db.commit()
        saved: tuple[Any, Resources] = super().preprocess_cell(cell, resources, index)
        return saved

    def _add_score(self, cell: Any, resources: Resources) -> None:
        mark = self._record["marks"][cell.metadata.nbgrader.grade_id]
        write_mark(self.gradebook.find_grade(*self._names(cell)), Mark(**mark))
        self.gradebook.db.commit()

    def _add_comment(self, cell: Any, resources: Resources) -> None:
        unanswered = cell.metadata.nbgrader.grade_id in self._record["unanswered"]
        comment = self.gradebook.find_comment(*self._names(cell))
        write_comment(comment, unanswered=unanswered, notes=self._record["notes"])
        self.gradebook.db.commit()

    def _names(self, cell: Any) -> tuple[str, str, str, str]:
        grade_id = cell.metadata.nbgrader.grade_id
        return grade_id, self.notebook_id, self.assignment_id, self.student_id


class LatePenalties(AssignLatePenalties):  # type: ignore[misc]
    """Assigns late penalties as `autograder grade` does: by a plugin, or by ``c.LatePolicy``."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Enter the penalty of a notebook."""
        names = resources["nbgrader"]
        root = Path(self.parent.parent.coursedir.root)
        penalties = Penalties(self.config, folders.configuration_folder(root))
        with Gradebook(names["db_url"]) as gradebook:
            which = (names["assignment"], names["student"])
            submission = gradebook.find_submission(*which)
            notebook = gradebook.find_submission_notebook(names["notebook"], *which)
            penalties.penalise(submission, notebook)
            gradebook.db.commit()
        return nb, resources


class Harmless(Preprocessor):
    """Makes a page of a notebook harmless, even if something else graded it; its file stays as it
    is.

    nbgrader puts outputs, raw cells and names into its pages as they are.
    """

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Change what the templates put into the page."""
        for name in ("student", "first_name", "last_name", "notebook_path"):
            if resources.get(name):
                resources[name] = escape(str(resources[name]))
        nb.metadata.pop("widgets", None)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = nbformat.from_dict(harmless(cell.outputs, MAX_SHOWN))
            elif cell.cell_type == "raw":
                cell.source = harmless_html(cell.source)
        return nb, resources


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """nbconvert's filter of this name, for a student's text. A page that fails shows no text."""
    page = context.get("resources", {})
    folder = page.get("metadata", {}).get("path")
    attachments = (context.get("cell") or {}).get("attachments", {})
    return text_as_html(source, attachments, Path(folder) if folder else None, page)


def text_as_html(
    source: str,
    attachments: Mapping[str, Mapping[str, str]],
    folder: Path | None,
    page: Resources,
    formula: Callable[[str, str], str] | None = None,
) -> str:
    """A student's text as HTML that runs and fetches nothing.

    Args:
        attachments, folder, page: where its pictures are, see :class:`Pictures`.
        formula: what to put in place of a formula, from its TeX and ``"inline"`` or ``"block"``;
            None: the TeX stays, for MathJax.
    """
    pictures = Pictures(attachments, folder, page)
    text = pictures.take_out(source)
    renderer = _Renderer(escape=False, exclude_anchor_links=True)
    renderer.formula = formula
    html = ""
    if len(text) <= MAX_MARKDOWN:
        try:
            marked = pictures.mark(MarkdownWithMath(renderer=renderer).render(text))
            html = pictures.put_in(harmless_html(marked))
        except Exception:  # brackets nested too deep: one cell, not the page
            html = ""
    return html or f"<pre>{escape(text)}</pre>"


class _Renderer(IPythonRenderer):
    """Leaves pictures to :class:`Pictures`, and formulas to whoever wants them."""

    formula: Callable[[str, str], str] | None = None

    def inline_math(self, body: str) -> str:
        if self.formula is None:
            return super().inline_math(body)
        return self.formula(body, "inline")

    def block_math(self, body: str) -> str:
        if self.formula is None:
            return super().block_math(body)
        return self.formula(body, "block")

    def _embed_image_or_attachment(self, src: str) -> str:
        return src


class _Sitting:
    """A judge of one assignment, kept for the next submissions that this process grades."""

    _now: _Sitting | None = None

    def __init__(self, key: tuple[Any, ...], root: Path, name: str, settings: Judge) -> None:
        # Takes a second or more: formgrader's server waits for it only when somebody grades.
        from autograder.grading import assignment, judge
        from autograder.grading.collected import Collected
        from autograder.sandbox import Limits

        self.key = key
        self._judge = judge.Judge(
            assignment.load(
                root,
                name,
                limits=Limits.from_mapping(settings.limits),
                all_cells=settings.all_cells,
                unsafe=settings.unsafe_no_sandbox,
            )
        )
        self._collected = Collected(root, self._judge.assignment)
        self._graded: dict[str, GradedNotebook] = {}
        self._digest = ""

    @classmethod
    def of(cls, root: Path, name: str, settings: Judge) -> _Sitting:
        """The present one if it fits this assignment as it is now, otherwise a new one."""
        from autograder.grading.assignment import source_folder

        files = sorted(source_folder(root, name).rglob("*"))
        changed = tuple((file, file.stat().st_mtime_ns) for file in files)
        options = (settings.limits, settings.all_cells, settings.unsafe_no_sandbox)
        key = (root, name, changed, options)
        if cls._now is None or cls._now.key != key:
            cls.end()
            if settings.unsafe_no_sandbox:
                settings.log.warning("Students' code runs WITHOUT A SANDBOX: marks can be forged.")
            cls._now = cls(key, root, name, settings)
        return cls._now

    @classmethod
    def end(cls) -> None:
        """End the sandbox."""
        if cls._now is not None:
            cls._now._judge.close()
            cls._now = None

    def read(self, student: str) -> Submission:
        """What a student handed in, from where it was collected."""
        return self._collected.read(student)

    def grade(self, submission: Submission, notebook: str) -> GradedNotebook:
        """Grade a submission; one with several notebooks only when asked for the first one."""
        from autograder.grading.submission import Unreadable

        if self._digest != submission.digest or notebook not in self._graded:
            graded = self._judge.grade(submission)
            if graded.problem:
                raise Unreadable(graded.problem)
            self._digest, self._graded = submission.digest, dict(graded.notebooks)
        return self._graded.pop(notebook)


atexit.register(_Sitting.end)
