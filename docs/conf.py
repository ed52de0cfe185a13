"""The site: ``sphinx-build -W docs site`` (extra ``docs``). Pages are Markdown; notebooks are run while it is built."""

from typing import Any

from pygments.lexers.special import TextLexer

from exactnet import __version__

project = "exactnet"
author = "the exactnet authors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "sphinx_click"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["tables/*", "site/*"]
html_theme = "furo"
html_title = f"exactnet {release}"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
# Pages link to source files and folders of the repository, which are no pages of the site.
suppress_warnings = ["myst.xref_missing"]


def escape(app: Any, context: Any, lines: list[str]) -> None:
    """Help texts are plain: bars in them are absolute values."""
    lines[:] = [line.replace("|", r"\|") for line in lines]


def setup(app: Any) -> None:
    """Connect."""
    app.add_lexer("th", TextLexer)
    for part in ("description", "options", "arguments"):
        app.connect(f"sphinx-click-process-{part}", escape)
