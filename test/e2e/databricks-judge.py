"""Works with both regions of a pair through Databricks' own Python clients, as an operator's scripts would. Prints JSON.

Each step has the principal that it is meant for: the bootstrap one opens the secret scope and can do no more.
"""

import base64
import json
import sys

from databricks import sql
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import DatabricksError

given = json.loads(sys.argv[1])


def client(region, token):
    return WorkspaceClient(config=Config(host=given[region]["url"], token=token))


def secret(region, key):
    value = client(region, given[region]["tokens"]["bootstrap"]).secrets.get_secret("dr-test-scope", key).value
    return base64.b64decode(value).decode()


def query(region, token, statement):
    with sql.connect(
        server_hostname=given[region]["host"].split(":")[0],
        http_path=given[region]["warehouseHttpPath"],
        access_token=token,
        _port=given[region]["port"],
        _tls_trusted_ca_file=given[region]["caCertFile"],
        enable_telemetry=False,
    ) as connection:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return [[str(value) for value in row] for row in cursor.fetchall()]


seen = {}
jobs = client("primary", secret("primary", "dr-pat-key"))
seen["secret"] = secret("primary", "dr-pat-key") == given["primary"]["tokens"]["jobs"]
[job] = jobs.jobs.list(name="sample_workflow_1")
seen["runs"] = [[str(run.run_id), run.state.result_state.value] for run in jobs.jobs.list_runs(job_id=job.job_id)]

receiver = secret("secondary", "dr-receiver-key")
totals = f"SELECT count(*), sum(sales) FROM {given['gold']}"
seen["totals"] = {
    "primary": query("primary", secret("primary", "dr-sender-key"), totals),
    "secondary": query("secondary", receiver, totals),
}
answer = client("secondary", receiver).statement_execution.execute_statement(
    statement=totals, warehouse_id=given["secondary"]["warehouseHttpPath"].split("/")[-1]
)
seen["statement"] = answer.result.data_array
table = client("secondary", secret("secondary", "dr-pat-key")).tables.get(given["gold"])
seen["table"] = [table.full_name, table.table_type.value, table.data_source_format.value]

try:
    client("primary", given["primary"]["tokens"]["bootstrap"]).tables.get(given["gold"])
except DatabricksError as error:
    seen["denied"] = error.error_code

print(json.dumps(seen))
