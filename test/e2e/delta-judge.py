"""Reads Delta tables with delta-rs, which shares no code with the product or the local pair, and compares them row by row.

Argument: {"comparisons": [{"reference": {"folder", "version"}, "copies": {name: {"folder", "version"}}}]}, where a copy
without a version is taken as it is now, or {"ledger": folder}. Prints JSON.
"""

import json
import sys

import pyarrow
from deltalake import DeltaTable, QueryBuilder


def opened(place):
    return DeltaTable(place["folder"], version=place.get("version"))


def rows_of(table):
    # Rows, not files: deletion vectors, orphaned files and the order of rows are the reader's affair.
    read = QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all()
    return pyarrow.table(read).to_pylist()


def lines(table):
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows_of(table))


def differences(expected, found):
    missing = [line for line in expected if line not in set(found)]
    extra = [line for line in found if line not in set(expected)]
    count = [] if len(expected) == len(found) else [f"{len(expected)} rows expected, {len(found)} found"]
    return (count + [f"missing: {line}" for line in missing] + [f"extra: {line}" for line in extra])[:5]


def columns(table):
    return [[field.name, str(field.type)] for field in table.schema().fields]


def compare(comparison):
    reference = opened(comparison["reference"])
    expected = lines(reference)
    seen = {"rows": len(expected), "differences": {}}
    for name, place in comparison["copies"].items():
        copy = opened(place)
        problems = differences(expected, lines(copy))
        if columns(copy) != columns(reference):
            problems.append(f"columns {columns(copy)} instead of {columns(reference)}")
        if problems:
            seen["differences"][name] = problems
    return seen


order = json.loads(sys.argv[1])
if "ledger" in order:
    answer = rows_of(DeltaTable(order["ledger"]))
else:
    answer = [compare(comparison) for comparison in order["comparisons"]]
print(json.dumps(answer, default=str))
