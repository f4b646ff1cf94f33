"""The warehouse: one private DuckDB file with one writer, and the read-only copy that analysts open.

The home of DuckDB: every statement that is not in sql/ is here. It does not decide what a row says.

Analysts never open the private file. DuckDB lets either one writer or many readers into a file, so a single idle
notebook would stop the pipeline (docs/decisions/0003-one-writer-and-a-published-copy.md).
"""

from demarche.adapters.warehouse.checking import CheckResult
from demarche.adapters.warehouse.decided import DecidedTables
from demarche.adapters.warehouse.exported import Export, Origin
from demarche.adapters.warehouse.grouped import GroupedTables
from demarche.adapters.warehouse.opening import WarehouseError
from demarche.adapters.warehouse.private import Load, Warehouse
from demarche.adapters.warehouse.published import Published
from demarche.adapters.warehouse.recalled import OF_ENTRY, Recall
from demarche.adapters.warehouse.schema import data_dictionary, macro_dictionary

__all__ = [
    "OF_ENTRY",
    "CheckResult",
    "DecidedTables",
    "Export",
    "GroupedTables",
    "Load",
    "Origin",
    "Published",
    "Recall",
    "Warehouse",
    "WarehouseError",
    "data_dictionary",
    "macro_dictionary",
]
