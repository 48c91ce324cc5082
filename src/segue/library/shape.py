"""Whether a library file has the tables of its version and nothing that runs by itself.

A library may come from a stranger. Triggers, views and virtual tables can make any statement of ours run theirs, for
ever if they like; segue makes none, so a file with one is refused.
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache

from segue.errors import LibraryError

# Made by the first grade, so a library may be without it.
GRADES = """
CREATE TABLE IF NOT EXISTS grades (
    id INTEGER PRIMARY KEY,
    graded_at REAL NOT NULL,         -- seconds since 1970
    grade TEXT NOT NULL            -- JSON of KeptGrade
)
"""

# Of each table: its columns (name, type, whether NULL is refused, place in the key, kind) and what is unique.
Shape = dict[str, tuple[frozenset[tuple[object, ...]], frozenset[tuple[str, ...]]]]


def require_shape(connection: sqlite3.Connection, path: str, version: int) -> None:
    """Return nothing when the file has the tables that ``version`` steps of the schema make.

    Raises LibraryError (code "library-triggers") for triggers, views and virtual tables, and (code "library-damaged")
    for missing or altered tables. SQLite's own errors pass through.
    """
    strange = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') OR (type = 'table' AND rootpage = 0) "
            "ORDER BY name"
        )
    ]
    if strange:
        names = ", ".join(map(repr, strange[:3])) + (", ..." if len(strange) > 3 else "")
        raise LibraryError(
            f"The library {path} holds triggers, views or virtual tables ({names:.200}), which segue never makes and "
            "never runs: do not trust the file, and name another library with --library.",
            code="library-triggers",
        )
    if version == 0:
        return
    expected, optional = _expected(version)
    found = _shape_of(connection)
    wrong = [name for name, shape in expected.items() if found.get(name) != shape]
    wrong += [name for name, shape in optional.items() if name in found and found[name] != shape]
    if wrong:
        raise LibraryError(
            f"The library {path} lacks tables or columns of its version ({', '.join(sorted(wrong))}): "
            "restore a copy, or move it away and scan again.",
            code="library-damaged",
        )


@lru_cache
def _expected(version: int) -> tuple[Shape, Shape]:
    """Return the tables that a library of ``version`` has and those that it may have."""
    from segue.library.migrations import MIGRATIONS, take_steps

    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        take_steps(connection, MIGRATIONS[:version])
        required = _shape_of(connection)
        connection.execute(GRADES)
        return required, {"grades": _shape_of(connection)["grades"]}
    finally:
        connection.close()


def _shape_of(connection: sqlite3.Connection) -> Shape:
    tables = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
    ]
    found = {}
    for table in tables:
        columns = connection.execute(
            'SELECT name, upper(type), "notnull", pk, hidden FROM pragma_table_xinfo(?)', (table,)
        )
        unique = connection.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (table,))
        indexed = [
            tuple(str(row[0]) for row in connection.execute("SELECT name FROM pragma_index_info(?)", (name,)))
            for (name,) in unique.fetchall()
        ]
        found[table] = frozenset(map(tuple, columns)), frozenset(indexed)
    return found
