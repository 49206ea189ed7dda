import { doesNotExist } from '../http/api-error.js';
import type { Route } from '../http/router.js';
import type { Warehouse, Warehouses } from '../warehouses.js';
import { usableWarehouse } from './statements.js';

const part = 'warehouse';
const base = '/api/2.0/sql/warehouses';

/** SQL warehouses: look, start, stop. */
export function warehouseRoutes(warehouses: Warehouses, host: () => string): readonly Route[] {
  return [
    {
      method: 'GET',
      path: base,
      part,
      handle: ({ principal }) => ({
        // Without CAN_USE a warehouse is not shown at all.
        warehouses:
          principal.canUseWarehouses || principal.admin ? warehouses.all().map((one) => wire(one, host())) : [],
      }),
    },
    {
      method: 'GET',
      path: `${base}/{id}`,
      part,
      handle: ({ principal, path }) => wire(usableWarehouse(warehouses, path.id ?? '', principal), host()),
    },
    {
      method: 'POST',
      path: `${base}/{id}/start`,
      part,
      handle({ principal, path }) {
        usableWarehouse(warehouses, path.id ?? '', principal).start();
        return {};
      },
    },
    {
      method: 'POST',
      path: `${base}/{id}/stop`,
      part,
      handle({ principal, path }) {
        usableWarehouse(warehouses, path.id ?? '', principal).stop();
        return {};
      },
    },
  ];
}

/** Where drivers reach the warehouse. */
export const warehouseHttpPath = (warehouseId: string): string => `/sql/1.0/warehouses/${warehouseId}`;

/** @throws ApiError RESOURCE_DOES_NOT_EXIST if the path names no warehouse of this region. */
export function warehouseOfPath(warehouses: Warehouses, pathname: string): Warehouse {
  const id = pathname.split('/').at(-1) ?? '';
  const warehouse = warehouses.get(id);
  if (!warehouse) throw doesNotExist(`SQL warehouse ${id} does not exist.`);
  return warehouse;
}

function wire(warehouse: Warehouse, host: string): unknown {
  const { id, name, autoStopMs } = warehouse.spec;
  const [hostname = '', port = '443'] = host.split(':');
  return {
    id,
    name,
    state: warehouse.state,
    cluster_size: 'X-Small',
    warehouse_type: 'PRO',
    enable_serverless_compute: true,
    auto_stop_mins: autoStopMs === undefined ? 0 : Math.ceil(autoStopMs / 60_000),
    num_clusters: warehouse.state === 'STOPPED' ? 0 : 1,
    odbc_params: { hostname, port: Number(port), protocol: 'https', path: warehouseHttpPath(id) },
  };
}
