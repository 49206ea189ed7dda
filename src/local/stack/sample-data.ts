import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ordersPerFile = 120;
const readingsPerFile = 150;
const deviceCount = 24;
const dayMs = 86_400_000;
const firstDay = Date.UTC(2026, 0, 1);

/**
 * Writes the input files 1 to `count` of the sample jobs (`orders/`, `devices/`, `readings/`) into a region's landing
 * folder, those that are not there yet. File n is computed from its number alone: the same on every machine, in every
 * region and at every time.
 */
export function uploadInputFiles(landing: string, count: number): void {
  for (const folder of ['orders', 'devices', 'readings']) mkdirSync(join(landing, folder), { recursive: true });
  for (let file = 1; file <= count; file += 1) {
    const number = String(file).padStart(4, '0');
    upload(join(landing, 'orders', `orders_${number}.csv`), () => ordersFile(file));
    upload(join(landing, 'devices', `devices_${number}.json`), () => devicesFile(file));
    upload(join(landing, 'readings', `readings_${number}.json`), () => readingsFile(file));
  }
}

/** A job that lists the folder meanwhile sees the whole file or none: names with a dot in front are hidden. */
function upload(file: string, content: () => string): void {
  if (existsSync(file)) return;
  const draft = join(dirname(file), `.${basename(file)}`);
  writeFileSync(draft, content());
  renameSync(draft, file);
}

/** A number from 0 up to `limit`, the same for the same arguments; spread as by a hash, no better. */
function pick(limit: number, ...seeds: readonly number[]): number {
  let hash = 2_166_136_261;
  for (const seed of seeds) {
    hash = Math.imul(hash ^ seed, 16_777_619);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 2_246_822_519);
    hash ^= hash >>> 13;
  }
  return (hash >>> 0) % limit;
}

const orderHeader = 'event_id,order_id,kind,customer_id,sku,quantity,unit_price,ordered_at';

/** New orders, then changes, cancellations and rejections of orders of this and earlier files. */
function ordersFile(file: number): string {
  const lines = [orderHeader];
  let event = file * 1_000;
  const add = (kind: string, orderId: number, salt: number): void => {
    event += 1;
    const time = new Date(firstDay + (file - 1) * dayMs + pick(dayMs / 1000, orderId, 5) * 1000).toISOString();
    const price = (pick(20_000, orderId, salt, 3) / 100 + 1).toFixed(2);
    const sku = `SKU-${String(pick(12, orderId, 2)).padStart(2, '0')}`;
    lines.push(
      [event, orderId, kind, pick(400, orderId, 1), sku, 1 + pick(9, orderId, salt, 4), price, time].join(','),
    );
  };
  for (let index = 1; index <= ordersPerFile; index += 1) add('order', file * 1_000 + index, 0);
  for (let index = 1; index <= 25; index += 1) add('change', earlierOrder(file, index, 6), index);
  for (let index = 1; index <= 8; index += 1) add('cancel', earlierOrder(file, index, 7), 0);
  for (let index = 1; index <= 4; index += 1) add('reject', earlierOrder(file, index, 8), 0);
  return `${lines.join('\n')}\n`;
}

const earlierOrder = (file: number, index: number, salt: number): number =>
  (file - pick(Math.min(file, 4), file, index, salt)) * 1_000 + 1 + pick(ordersPerFile, file, index, salt, 9);

const sites = ['harbour', 'mill', 'quarry', 'station'] as const;
const models = ['A1', 'A2', 'B7'] as const;

/** All devices in the first file; later ones move or exchange a few. */
function devicesFile(file: number): string {
  const devices = Array.from({ length: deviceCount }, (_, index) => index + 1).filter(
    (device) => file === 1 || pick(8, device, file) === 0 || device === 1 + (file % deviceCount),
  );
  return jsonLines(
    devices.map((device) => ({
      device_id: device,
      site: sites[pick(sites.length, device, file, 1)],
      model: models[pick(models.length, device, file, 2)],
      valid_from: dayOf(file),
    })),
  );
}

/** Most readings are of the file's own day, some late ones of the day before. */
function readingsFile(file: number): string {
  return jsonLines(
    Array.from({ length: readingsPerFile }, (_, index) => {
      const isLate = file > 1 && index % 25 === 0;
      const day = isLate ? file - 1 : file;
      const second = pick(86_400, file, index, 3);
      return {
        reading_id: file * 1_000 + index,
        device_id: 1 + pick(deviceCount, file, index, 4),
        reading_date: dayOf(day),
        measured_at: new Date(firstDay + (day - 1) * dayMs + second * 1000).toISOString(),
        // In halves of a degree: exact in binary, so that sums and extremes do not depend on the order of rows.
        celsius: pick(150, file, index, 5) / 2 - 20,
      };
    }),
  );
}

const dayOf = (file: number): string => new Date(firstDay + (file - 1) * dayMs).toISOString().slice(0, 10);

const jsonLines = (rows: readonly object[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
