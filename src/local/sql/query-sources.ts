import { normalizeUri } from '../catalog/storage-map.js';
import type { Snapshot } from '../delta/index.js';
import type { Context } from './context.js';
import type { DuckSession } from './duck.js';
import { tableNotFound, unsupported } from './errors.js';
import { createFileRelation } from './read-files.js';
import { createRelation } from './relation.js';
import type { ResolvedTable } from './resolve.js';
import { findRegistered, fullNameOf, openTable, resolvePath, resolveRegistered, resolveTable } from './resolve.js';
import type { TableRef } from './statement-types.js';
import type { FunctionCall, Sources } from './translate.js';
import { translateQuery } from './translate.js';

/**
 * Makes readable what a query reads, once per statement: a table that a query names twice is read at one version.
 */
export class QuerySources implements Sources {
  readonly #context: Context;
  readonly #session: DuckSession;
  readonly #views = new Map<string, Promise<string>>();
  readonly #pinned = new Map<string, Snapshot>();
  readonly #folders = new Set<string>();
  readonly #text: string;

  /** @param text the statement, which shows whether file metadata is asked for */
  constructor(context: Context, session: DuckSession) {
    this.#context = context;
    this.#session = session;
    this.#text = context.request.sql;
  }

  /** Reads the target of a DML statement at the version that its commit will be based on. */
  pin(snapshot: Snapshot): void {
    this.#pinned.set(snapshot.folder, snapshot);
  }

  /** Whether a query has read the table in this folder (at any version). */
  hasRead(folder: string): boolean {
    return this.#folders.has(folder);
  }

  async table(ref: TableRef): Promise<string> {
    const view = await this.#viewOf(ref);
    if (view !== undefined) return view;
    const table = await resolveTable(this.#context, ref, 'read');
    this.#folders.add(table.folder);
    return await this.#once(JSON.stringify([table.uri, ref.at ?? null]), async () => {
      const snapshot = await this.#open(table, ref);
      return await createRelation(this.#session, this.#context.delta, snapshot);
    });
  }

  async tableFunction(name: string, call: FunctionCall): Promise<string> {
    if (name === 'range') return await this.#range(call);
    if (name !== 'read_files') throw unsupported(`the table function ${name}`);
    const uri = call.positional[0] ?? call.named.path;
    if (uri === undefined) throw unsupported('read_files without a path');
    const root = normalizeUri(uri.replace(/\/[^/]*[*?[{].*$/, ''));
    const { folder } = resolvePath(this.#context, root, 'read');
    const pattern = normalizeUri(uri).slice(root.length + 1);
    const withMetadata = /\b_metadata\b/i.test(this.#text);
    return await createFileRelation(this.#session, this.#context.delta.storage, {
      folder,
      root,
      pattern,
      options: call.named,
      withMetadata,
    });
  }

  async #open(table: ResolvedTable, ref: TableRef): Promise<Snapshot> {
    const pinned = ref.at === undefined ? this.#pinned.get(table.folder) : undefined;
    return pinned ?? (await openTable(this.#context, table, ref.at));
  }

  /** A view of the catalog is its query; whoever may read it needs no right on what it reads. */
  async #viewOf(ref: TableRef): Promise<string | undefined> {
    if (ref.kind !== 'name') return undefined;
    const registered = findRegistered(this.#context, fullNameOf(this.#context, ref.parts), 'read');
    if (registered === undefined) throw tableNotFound(ref.parts);
    if (registered.viewDefinition === undefined) {
      resolveRegistered(this.#context, registered);
      return undefined;
    }
    const definition = registered.viewDefinition;
    return await this.#once(registered.fullName, async () => {
      const view = this.#session.newName();
      await this.#session.run(`CREATE TEMP VIEW ${view} AS ${await translateQuery(definition, this)}`);
      return view;
    });
  }

  async #range({ positional }: FunctionCall): Promise<string> {
    const bounds = positional.map(Number);
    if (bounds.length === 0 || bounds.length > 3 || !bounds.every(Number.isSafeInteger)) {
      throw unsupported('range() with other arguments than one to three whole numbers');
    }
    const view = this.#session.newName();
    await this.#session.run(`CREATE TEMP VIEW ${view} AS SELECT range AS id FROM range(${bounds.join(', ')})`);
    return view;
  }

  async #once(key: string, create: () => Promise<string>): Promise<string> {
    const known = this.#views.get(key);
    if (known !== undefined) return await known;
    const created = create();
    this.#views.set(key, created);
    return await created;
  }
}
