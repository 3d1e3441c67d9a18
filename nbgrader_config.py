"""How stock nbgrader works in this repository: its commands, formgrader and the Validate button."""

from pathlib import Path

c = get_config()  # noqa: F821 - given by nbgrader, which loads this file

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

# Grading: the judge runs notebooks in its sandbox and gives the marks. It reads and restores what
# was handed in itself, so nothing of nbgrader comes before it.
c.Autograde.exporter_class = "autograder.grading.nbgrader_plugins.AnyNotebook"
c.Autograde.sanitize_preprocessors = ["autograder.grading.nbgrader_plugins.Judge"]
c.Autograde.autograde_preprocessors = [
    "autograder.grading.nbgrader_plugins.SaveMarks",
    "autograder.grading.nbgrader_plugins.LatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Several assistants at once share a database on a server: docs/desk.md. Without these two lines the
# gradebook is a file beside this one.
# c.CourseDirectory.db_url = "postgresql+psycopg://teacher@db.example.org/nn"  # password: ~/.pgpass
# c.CourseDirectory.course_id = "nn"  # nbgrader's exchange needs it, too

# What the judge can be told, with the defaults.
# c.Judge.limits = {}  # those that differ: {"cell_seconds": 120, "memory_bytes": 4 * 2**30}
# c.Judge.all_cells = False  # True: run also what no mark depends on, for its pictures
# c.Judge.unsafe_no_sandbox = False  # True: a student's notebook can do everything that you can;
#                                    # `autograder grade` has an option for it, --unsafe-no-sandbox

# Late work: what it costs, of all points that were earned. The penalties follow when this, a due
# date or a mark changes. A plugin of nbgrader's (c.AssignLatePenalties.plugin_class, also from a
# file beside this one) is asked first.
# c.LatePolicy.grace_minutes = 15
# c.LatePolicy.percent_per_day = 10  # for each day begun; the default is 0: lateness costs nothing
# c.LatePolicy.at_most_percent = 50
# c.LatePolicy.extensions = {"ada": 2, "bo": {"03_momentum": 7}}  # days: for all, or for one

# Pages: formgrader and the feedback show students' texts and outputs without running them.
c.HTMLExporter.preprocessors = ["autograder.grading.nbgrader_plugins.Harmless"]
c.HTMLExporter.filters = {"markdown2html": "autograder.grading.nbgrader_plugins.markdown2html"}
