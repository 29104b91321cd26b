"""Settings of JupyterLab for `make lab`: what a learner sees, and nothing from outside.

Jupyter finds them because `make lab` names this folder in JUPYTER_CONFIG_PATH.
`labconfig/` beside this file answers the question about news, and leaves the whole
width of the list of files to their names.

`source/` and `solutions/` are left out of the list of files only. Teachers reach them:
File, Open from Path, `solutions/06-exercises.ipynb`; or start JupyterLab without
these settings.
"""

from pathlib import Path

from traitlets.config import get_config

START = "00-start-here.ipynb"
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

c = get_config()

if (NOTEBOOKS / START).exists():
    c.LabApp.default_url = f"/lab/tree/{START}"

c.ContentsManager.hide_globs.extend(["source", "solutions"])

# No question about news, no look for updates, no list of extensions to install.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
