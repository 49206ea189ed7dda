import { z } from 'zod';
import { DrError } from '../domain/failure.js';
import type { Warehouse, WarehouseState } from './api.js';
import type { RestClient } from './rest-client.js';
import type { Subject } from './rest-failures.js';

const warehouseAnswer = z.object({ id: z.string(), name: z.string().optional(), state: z.string().optional() });
const warehousesAnswer = z.object({ warehouses: z.array(warehouseAnswer).optional() });

/** The warehouse that is ours where a workspace has several. */
const conventionalName = 'dr-sync';

const states: Readonly<Record<string, WarehouseState>> = {
  RUNNING: 'running',
  STARTING: 'starting',
  STOPPED: 'stopped',
  STOPPING: 'stopping',
  DELETED: 'deleted',
  DELETING: 'deleted',
};

const about = (id: string): Subject => ({
  object: `SQL warehouse ${id}`,
  right: 'CAN USE',
  notFound: 'WAREHOUSE_UNAVAILABLE',
  part: 'warehouse',
});

const configRemedy = 'Name the warehouse by warehouse_http_path or secondary_warehouse_http_path in the config.';

/**
 * @param rest     speaks for the principal whose view it is
 * @param httpPath `/sql/1.0/warehouses/<id>`, or null to look the warehouse up
 */
export function createWarehouse(rest: RestClient, httpPath: string | null): Warehouse {
  let known: string | null = httpPath === null ? null : idOfPath(httpPath);

  const id = async (): Promise<string> => {
    known ??= await lookUp(rest);
    return known;
  };

  const state = async (): Promise<WarehouseState> => {
    const warehouseId = await id();
    const answer = await rest
      .call({
        method: 'GET',
        path: `/api/2.0/sql/warehouses/${encodeURIComponent(warehouseId)}`,
        answer: warehouseAnswer,
        subject: about(warehouseId),
      })
      .catch((failure: unknown) => {
        // It may have been made anew under its name: look it up again next time.
        if (httpPath === null) known = null;
        throw failure;
      });
    const named = answer.state === undefined ? undefined : states[answer.state];
    if (named !== undefined) return named;
    throw new DrError(
      'UNEXPECTED_ANSWER',
      `SQL warehouse ${warehouseId} of ${rest.host} is in a state that is not known.`,
    );
  };

  return {
    id,
    state,
    async ensureRunning() {
      const warehouseId = await id();
      const now = await state();
      if (now === 'deleted') {
        throw new DrError('WAREHOUSE_UNAVAILABLE', `SQL warehouse ${warehouseId} of ${rest.host} is deleted.`, {
          remedy: configRemedy,
        });
      }
      if (now !== 'stopped') return now;
      await rest.call({
        method: 'POST',
        path: `/api/2.0/sql/warehouses/${encodeURIComponent(warehouseId)}/start`,
        body: {},
        answer: z.unknown(),
        subject: about(warehouseId),
      });
      return state();
    },
  };
}

function idOfPath(httpPath: string): string {
  const id = /\/warehouses\/([A-Za-z0-9-]+)(?:\?.*)?$/.exec(httpPath)?.[1];
  if (id !== undefined) return id;
  throw new DrError('WAREHOUSE_UNAVAILABLE', `${JSON.stringify(httpPath)} is not the HTTP path of a SQL warehouse.`, {
    remedy: 'Copy it from the warehouse’s connection details: /sql/1.0/warehouses/<id>.',
  });
}

async function lookUp(rest: RestClient): Promise<string> {
  const { warehouses = [] } = await rest.call({
    method: 'GET',
    path: '/api/2.0/sql/warehouses',
    answer: warehousesAnswer,
    subject: about('list'),
  });
  const [first, second] = warehouses;
  const ours = warehouses.find((each) => each.name === conventionalName);
  const found = second === undefined ? first : ours;
  if (found !== undefined) return found.id;
  const what =
    first === undefined
      ? 'no SQL warehouse that the principal may use'
      : `${warehouses.length} SQL warehouses, none named ${conventionalName}`;
  throw new DrError('WAREHOUSE_UNAVAILABLE', `${rest.host} has ${what}.`, { remedy: configRemedy });
}
