"""Settings of Sphinx for `make html`; scripts/tools/make_site.py writes the sources."""

from importlib.util import find_spec
from pathlib import Path

MATHJAX = Path(find_spec("mathjax").origin).parent / "static/mathjax/es5/tex-svg.js"

project = "Latent-factor labs"
author = "the authors of the latent-factor labs"
project_copyright = "Code under the MIT licence, text and figures under CC BY 4.0"
language = "en"

extensions = ["myst_nb", "sphinx_copybutton"]
exclude_patterns = ["images"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # formulas, and the widths of figures
nb_ipywidgets_js = {}  # they would come from another host
myst_enable_extensions = ["amsmath", "attrs_inline", "dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 4

# One file, which needs no font and no other file.
mathjax_path = MATHJAX.name
mathjax3_config = {
    "options": {"enableMenu": False},
    "svg": {"fontCache": "global"},
}

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/logo.svg"
html_context = {"default_mode": "auto"}
html_static_path = ["_static", str(MATHJAX)]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sphinx = False
html_show_search_summary = False  # a page opened as a file may not read another
html_sourcelink_suffix = ""
html_theme_options = {
    "logo": {
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo.svg",
        "text": project,
    },
    "navbar_persistent": [],
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "use_fullscreen_button": False,
    "use_download_button": True,
}
copybutton_selector = "div.cell_input div.highlight pre, div.highlight-default pre"
