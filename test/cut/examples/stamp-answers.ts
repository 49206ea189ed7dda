import { currencyOf, targetGuard } from '../../../src/domain/cut/index.js';
import type { Stamp } from '../../../src/domain/point.js';
import { stampProperties } from '../../../src/domain/stamp.js';
import { commit } from './notation.js';
import type { CurrencyExample, GuardExample } from './stamp-examples.js';

export function currencyAnswer({ stamp, wanted, history }: CurrencyExample): string {
  const properties = stamp === undefined ? {} : stampProperties({ ...writer, ...content(stamp) });
  const currency = currencyOf(properties, history.map(commit), content(wanted));
  return currency.kind === 'changed-after'
    ? `changed-after (${currency.commits.map(({ version }) => version).join(', ')})`
    : currency.kind;
}

export function guardAnswer({ stamp, baseline, files, history }: GuardExample): string {
  const [tableId = '', version = ''] = baseline?.split(' ') ?? [];
  const failure = targetGuard({
    table: 't',
    detail: {
      id: 't1',
      properties: stamp === undefined ? {} : stampProperties({ ...writer, ...holder(stamp) }),
      numFiles: files,
    },
    history: history.map(commit),
    holder: holder('3 m'),
    baseline: baseline === undefined ? null : { tableId, version: Number(version) },
  });
  if (failure === null) return 'ok';
  const versions = [...failure.message.matchAll(/version (\d+) \(/g)].map(([, found]) => found);
  return versions.length === 0 ? failure.code : `${failure.code} (${versions.join(', ')})`;
}

const writer: Stamp = { sourceTableId: 's1', sourceVersion: 42, syncId: 'sync-1', epoch: 3, controller: 'm' };

function content(text: string): Pick<Stamp, 'sourceTableId' | 'sourceVersion'> {
  const [sourceTableId = '', version = ''] = text.split(' ');
  return { sourceTableId, sourceVersion: Number(version) };
}

function holder(text: string): Pick<Stamp, 'epoch' | 'controller'> {
  const [epoch = '', controller = ''] = text.split(' ');
  return { epoch: Number(epoch), controller };
}
