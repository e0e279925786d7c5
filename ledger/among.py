"""Rows by their numbers, however many: one statement with one parameter, the same text for three as for sixty.

A parameter for each number makes another statement of each length: put together, sent and prepared anew every time.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, String, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Numbers(TypeDecorator[Collection[int]]):
    """Several whole numbers as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        stored = ARRAY(BigInteger()) if dialect.name == "postgresql" else String()
        return dialect.type_descriptor(stored)

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        numbers = list(value or ())
        return numbers if dialect.name == "postgresql" else json.dumps(numbers)


class Among(FunctionElement[bool]):
    """Whether a column is one of the numbers of a parameter; see ``is_among``."""

    type = Boolean()
    name = "is_among"
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - the base class names it
        """As it stands: otherwise it is compared with 1 on SQLite, and no index is used."""
        return self


def is_among(column: Any, parameter: str = "numbers") -> ColumnElement[bool]:
    """Whether ``column`` is one of the numbers that the statement is given as ``parameter``, a list."""
    return Among(column, bindparam(parameter, type_=Numbers()))


@compiles(Among, "sqlite")
def _of_json(element: Among, compiler: SQLCompiler, **how: Any) -> str:
    column, numbers = element.clauses
    those = compiler.process(numbers, **how)
    return f"{compiler.process(column, **how)} IN (SELECT value FROM json_each({those}))"  # noqa: S608 - what the compiler made


@compiles(Among, "postgresql")
def _of_array(element: Among, compiler: SQLCompiler, **how: Any) -> str:
    column, numbers = element.clauses
    return f"{compiler.process(column, **how)} = ANY ({compiler.process(numbers, **how)})"
