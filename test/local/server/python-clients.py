"""Asks a region through Databricks' own Python clients and prints what they saw, as JSON."""

import json
import sys

from databricks import sql
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.sql import QueryFilter, QueryStatus, StatementState, TimeRange

given = json.loads(sys.argv[1])
host = f"localhost:{given['port']}"
seen = {}

with sql.connect(
    server_hostname="localhost",
    http_path=given["httpPath"],
    access_token=given["token"],
    _port=given["port"],
    _tls_trusted_ca_file=given["caFile"],
    enable_telemetry=False,
) as connection:
    with connection.cursor() as cursor:
        cursor.execute("SELECT every type")
        seen["types"] = [[None if v is None else str(v) for v in row] for row in cursor.fetchall()]
        seen["description"] = [column[:2] for column in cursor.description]
        cursor.execute("SELECT rows 2500")
        seen["rows"] = [row[0] for row in cursor.fetchall()] == list(range(2500))
        cursor.execute("SELECT :name AS name", {"name": "x"})
        seen["parameter"] = cursor.fetchall()[0][0]
        cursor.execute("DDL")
        seen["ddl"] = len(cursor.fetchall())
        try:
            cursor.execute("SELECT nope")
        except sql.exc.ServerOperationError as error:
            seen["error"] = str(error)
        cursor.catalogs()
        seen["catalogs"] = [row[0] for row in cursor.fetchall()]


def client(**credentials):
    return WorkspaceClient(config=Config(host=f"https://{host}", **credentials))


workspace = client(token=given["token"])
seen["me"] = workspace.current_user.me().user_name
answer = workspace.statement_execution.execute_statement(statement="SELECT every type", warehouse_id=given["warehouseId"])
seen["statement"] = {"state": answer.status.state.value, "rows": answer.result.data_array}
failed = workspace.statement_execution.execute_statement(statement="SELECT nope", warehouse_id=given["warehouseId"])
seen["failed"] = [failed.status.state == StatementState.FAILED, failed.status.error.message]
seen["history"] = [
    query.query_text
    for query in workspace.query_history.list(
        filter_by=QueryFilter(
            warehouse_ids=[given["warehouseId"]],
            statuses=[QueryStatus.FAILED],
            query_start_time_range=TimeRange(start_time_ms=0),
        ),
    ).res
]
seen["warehouses"] = [warehouse.odbc_params.path for warehouse in workspace.warehouses.list()]
seen["table"] = workspace.tables.get("main.sales.orders").storage_location
seen["exists"] = workspace.tables.exists("main.sales.nope").table_exists
seen["secret"] = workspace.secrets.get_secret("dr", "pat").value
seen["locations"] = [location.url for location in workspace.external_locations.list()]
seen["jobs"] = [[job.job_id, job.settings.name] for job in workspace.jobs.list(name="ETL")]
[[job_id, _]] = seen["jobs"]
seen["runs"] = [run.run_id for run in workspace.jobs.list_runs(job_id=job_id)]
run = workspace.jobs.get_run(seen["runs"][-1], include_history=True)
each = next(task for task in run.tasks if task.for_each_task)
seen["failedIterations"] = each.for_each_task.stats.task_run_stats.failed_iterations
seen["iterations"] = [one.run_id for one in workspace.jobs.get_run(each.run_id).iterations]
seen["run"] = [run.state.result_state.value, len(run.tasks), [repair.type.value for repair in run.repair_history]]

reader = client(client_id="reader-client", client_secret="reader-secret")
seen["oauth"] = reader.current_user.me().user_name
try:
    reader.warehouses.get(given["warehouseId"])
except DatabricksError as error:
    seen["denied"] = [error.error_code, str(error)]

print(json.dumps(seen))
