"""Sphinx's settings. `python -m book` gives the sources, and the edition as a tag."""

from __future__ import annotations

import warnings

instructor = "instructor" in tags  # noqa: F821  (Sphinx brings `tags`)

project = "Neural networks from scratch"
author = "the course"
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "book.docstrings",
    "book.mathml",
]
if instructor:
    # The reference's source is the answer to most exercises.
    extensions.append("sphinx.ext.viewcode")

# The outputs are those that the masters store.
nb_execution_mode = "off"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "html_image"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
exclude_patterns = ["extra", "**.ipynb_checkpoints"]

# What a package gathers from its modules is documented in these, and its source stands there.
viewcode_follow_imported_members = False

default_role = "code"
add_module_names = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_extra_path = [f"../build/book-source/{'instructor' if instructor else 'student'}/extra"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# A page that is opened from disk may not read others, so the search shows titles alone.
html_show_search_summary = False
html_secnumber_suffix = " "
html_theme_options = {
    "logo": {"text": project},
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "header_links_before_dropdown": 8,
    "show_prev_next": True,
    "show_toc_level": 1,
    "navigation_with_keys": False,
    "use_edit_page_button": False,
    "footer_start": [],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {page: [] for page in ("index", "conventions", "glossary", "benchmarks")}
html_context = {"default_mode": "auto"}

# "ref.python": the types of collections.abc name things that the reference has, too.
suppress_warnings = ["myst.header", "ref.python"]
warnings.filterwarnings("ignore", category=DeprecationWarning)
