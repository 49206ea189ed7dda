import type { SecretRight } from './backends.js';
import { ApiError, doesNotExist } from './http/api-error.js';

export interface SecretScope {
  readonly name: string;
  /** Values by key. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Rights by principal. */
  readonly acl: Readonly<Record<string, SecretRight>>;
}

interface Scope {
  readonly secrets: Map<string, { value: Buffer; updatedAt: number }>;
  readonly acl: Map<string, SecretRight>;
}

const ranks: Readonly<Record<SecretRight, number>> = { READ: 1, WRITE: 2, MANAGE: 3 };

/** A region's secret scopes. Kept in memory only: what is secret is written to no file of the pair. */
export class Secrets {
  readonly #scopes = new Map<string, Scope>();

  constructor(scopes: readonly SecretScope[] = []) {
    for (const { name, secrets, acl } of scopes) {
      const entries = Object.entries(secrets).map(
        ([key, value]) => [key, { value: Buffer.from(value), updatedAt: 0 }] as const,
      );
      this.#scopes.set(name, { secrets: new Map(entries), acl: new Map(Object.entries(acl)) });
    }
  }

  scopeNames(): readonly string[] {
    return [...this.#scopes.keys()];
  }

  holds(principal: string, right: SecretRight, scopeName: string): boolean {
    const granted = this.#scope(scopeName).acl.get(principal);
    return granted !== undefined && ranks[granted] >= ranks[right];
  }

  /** @throws ApiError RESOURCE_DOES_NOT_EXIST */
  get(scopeName: string, key: string): Buffer {
    const secret = this.#scope(scopeName).secrets.get(key);
    if (!secret) throw doesNotExist(`Secret does not exist with scope: ${scopeName} and key: ${key}`);
    return secret.value;
  }

  list(scopeName: string): readonly { readonly key: string; readonly updatedAt: number }[] {
    return [...this.#scope(scopeName).secrets].map(([key, { updatedAt }]) => ({ key, updatedAt }));
  }

  put(scopeName: string, key: string, value: Buffer, now: number): void {
    this.#scope(scopeName).secrets.set(key, { value, updatedAt: now });
  }

  delete(scopeName: string, key: string): void {
    this.get(scopeName, key);
    this.#scope(scopeName).secrets.delete(key);
  }

  /** The creator may manage it. */
  createScope(scopeName: string, creator: string): void {
    if (this.#scopes.has(scopeName)) {
      throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Scope ${scopeName} already exists!`);
    }
    this.#scopes.set(scopeName, { secrets: new Map(), acl: new Map([[creator, 'MANAGE']]) });
  }

  #scope(scopeName: string): Scope {
    const scope = this.#scopes.get(scopeName);
    if (!scope) throw doesNotExist(`Scope ${scopeName} does not exist!`);
    return scope;
  }
}
