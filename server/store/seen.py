"""Which rows somebody may see, as a condition; any number of vehicles is one parameter."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, String, column, func, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class _Each(GenericFunction[str]):
    """The texts of a JSON list as rows with one column, `value`."""

    name = "each_text"
    inherit_cache = True


@compiles(_Each, "sqlite")
def _in_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Each, "postgresql")
def _in_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **more)} AS JSON))"


def seen(of: ColumnElement[str], ids: Collection[str] | None) -> ColumnElement[bool]:
    """Rows whose column is one of these ids; every row when they are None."""
    if ids is None:
        return true()
    listed = func.each_text(msgspec.json.encode(sorted(ids)).decode()).table_valued(column("value", String))
    return of.in_(select(listed.c.value))
