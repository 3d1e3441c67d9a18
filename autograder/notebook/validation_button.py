"""A Jupyter server's extension: the Validate button shows the course's own summary.

It answers at the address of nbgrader's extension, which the students' settings switch off.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.validate_assignment.handlers import (
    NbGraderVersionHandler,
    ValidateAssignmentHandler,
)
from tornado import web
from tornado.ioloop import IOLoop

from autograder.notebook.saved import Unreadable
from autograder.notebook.validation import Report, validate

# nbgrader's dialog has words of its own for a list of cells that failed, and shows an `error` as
# HTML. The summary is the one entry of such a list, without these words.
_STYLE = """<style>
#validation-message > div > p {display: none}
#validation-message .course-summary {white-space: normal; font-family: var(--jp-ui-font-family);}
#validation-message .course-summary td {padding: .15em .6em .15em 0; text-align: left;
  vertical-align: top}
#validation-message .course-summary td:nth-child(3) {white-space: nowrap}
</style>"""


class Validate(ValidateAssignmentHandler):  # type: ignore[misc]
    """Runs the notebook and answers with the summary."""

    def validate_notebook(self, path: str) -> dict[str, Any]:
        """What nbgrader's dialog is given to show."""
        root = Path(self.root_dir).resolve()
        target = (root / path).resolve()
        if not target.is_relative_to(root):
            raise web.HTTPError(403, "this notebook is outside of the server's folder")
        try:
            return answer(validate(target, self.load_config()))
        except Unreadable as error:
            return answer(Report(target.stem, trouble=str(error)))

    @web.authenticated
    async def post(self) -> None:
        """Run the notebook beside the server's own work: everything else goes on meanwhile."""
        path = self.get_argument("path", None) or self.get_json_body()["path"]
        self.finish(
            json.dumps(await IOLoop.current().run_in_executor(None, self.validate_notebook, path))
        )


def answer(report: Report) -> dict[str, Any]:
    """The summary in the form that nbgrader's dialog shows."""
    error = f'<div class="course-summary">{report.as_html()}</div>{_STYLE}'
    entry = {"source": report.summary, "error": error, "raw_error": report.as_text()}
    return {"success": True, "value": {"failed": [entry]}}


def _load_jupyter_server_extension(server: Any) -> None:
    settings = server.web_app.settings
    settings["root_dir"] = server.root_dir
    address = settings["base_url"]
    server.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(address, r"/assignments/validate"), Validate),
            (url_path_join(address, r"/nbgrader_version"), NbGraderVersionHandler),
        ],
    )
