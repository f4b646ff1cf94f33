"""What other archives say, as values: their indexes, lists, tables and file names. Nothing here asks them."""
