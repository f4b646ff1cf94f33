"""Imports from other archives: one module per source, and the filing that all of them share."""
