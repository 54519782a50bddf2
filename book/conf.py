"""Sphinx settings of the book. `ganbook build` runs Sphinx with these on `_build/source` (chapters already executed)."""

from ganbook import __version__, paths

project = "Steering GANs"
version = release = __version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx_external_toc",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_togglebutton",
    "sphinx_exercise",
    "sphinxcontrib.bibtex",
    "sphinx-mathjax-offline",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_use_rtype = napoleon_use_param = napoleon_use_ivar = False
nitpick_ignore_regex = [("py:.*", ".*")]  # types of other libraries, whose pages are elsewhere
external_toc_path = str(paths.root() / "_toc.yml")
exclude_patterns = ["claims/*", "jupyterlab/*"]
nitpicky = True
numfig = True

# The chapters come here with their outputs. Of a widget's two forms the page takes the HTML; the live one is for JupyterLab.
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None), ("html", "text/html", 5)]
nb_ipywidgets_js = {}
nb_render_markdown_format = "myst"  # sentences that cells make from their numbers may hold maths and tables
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
suppress_warnings = ["bibtex.duplicate_citation"]  # a chapter lists its own references, the last page all of them

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["ganbook.css"]
html_js_files = ["ganbook.js"]
html_context = {"default_mode": "auto"}
html_show_copyright = False
html_last_updated_fmt = "%Y-%m-%d"
html_theme_options = {
    "logo": {
        "alt_text": f"{project}: home",
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo.svg",
        "text": project,
    },
    "footer_content_items": ["last-updated"],
    "navbar_persistent": [],
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "use_fullscreen_button": False,
}
