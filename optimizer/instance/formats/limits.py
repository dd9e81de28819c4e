"""How large an instance may be: beyond these it is refused before it is read in full."""

ROWS = 200_000
"""Rows of one table."""

CELLS = 10_000_000
"""Cells of one sheet of a workbook that hold something."""

FILE_BYTES = 64 * 2**20
"""Bytes of one file: a CSV table, a JSON document, a workbook."""

UNZIPPED_BYTES = 256 * 2**20
"""Bytes of a workbook once unzipped."""

CSV_CELL = 131_072
"""Characters of one CSV cell."""

EXCEL_CELL = 32_767
"""Characters of one cell of a workbook."""
