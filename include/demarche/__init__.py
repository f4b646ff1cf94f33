"""Demarche: a watch on news feeds for migration diplomacy."""

import os

__version__ = "0.1.0"

# Tasks run side by side: threads of one that spin while they wait for each other would take the others' processors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
