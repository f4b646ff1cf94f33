"""Demarche: a watch on news feeds for migration diplomacy."""

__version__ = "0.1.0"
