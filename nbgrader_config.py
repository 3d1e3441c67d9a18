"""How stock nbgrader works in this repository: its commands, formgrader and the Validate button."""

from pathlib import Path

c = get_config()  # noqa: F821 - given by whoever loads this file

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.ignore = ["README.md", ".ipynb_checkpoints", "*.pyc", "__pycache__"]

c.ClearSolutions.code_stub = {
    "python": '# YOUR CODE HERE\nraise NotImplementedError("not written yet")'
}

# course/ is in the repository: generating an assignment again must fill the gradebook, and not stop
# because the released notebook is there.
c.GenerateAssignment.force = True

# A deleted check cell comes back, so that deleting one cannot hide what it would have said.
c.OverwriteCells.add_missing_cells = True

c.Execute.timeout = 120  # seconds a cell; the slowest cell of the course takes a few

# A kernel warns at every start that it listens on this machine's own ports, as kernels do.
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=40"]
