"""Builder of embargo-2010: tables written by hand, from the catalogue and assumptions."""
