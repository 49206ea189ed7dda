/** `npm run test:large-group-nightly [-- TABLES]`: the largest group that `validate` accepts, synced, with its sizes. */
import { mostTables } from '../../src/config/group-size.js';
import { syncLargeGroup } from '../support/large-group.js';
import { serverLimits } from '../support/temporal-limits.js';

const [count = String(mostTables)] = process.argv.slice(2);
const { differences, sync, entity, statusBytes, seconds } = await syncLargeGroup(Number(count), 3_600_000);
const lines = [
  `${count} tables: ${seconds[0]} s to the first point, ${seconds[1]} s to one more with a single changed table`,
  `sync:   ${sync.events} events of ${serverLimits.events}, ${sync.bytes} bytes of ${serverLimits.bytes}`,
  `        largest payload ${sync.largestPayloadBytes} bytes of ${serverLimits.payloadBytes}`,
  `entity: ${entity.events} events, ${entity.bytes} bytes, largest payload ${entity.largestPayloadBytes} bytes`,
  `status: ${statusBytes} bytes`,
  ...differences,
];
process.stdout.write(`${lines.join('\n')}\n`);
const fits =
  sync.events < serverLimits.events &&
  sync.bytes < serverLimits.bytes &&
  sync.largestPayloadBytes < serverLimits.payloadBytes;
process.exitCode = fits && differences.length === 0 ? 0 : 1;
