import type { Principal } from '../backends.js';
import type { Part } from '../faults.js';
import { invalidParameter } from './api-error.js';

/** What a handler gets to see of a request that was authenticated. */
export interface ApiRequest {
  readonly principal: Principal;
  /** Values of the `{name}` segments of the route's path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON body; undefined where there is none. */
  readonly body: unknown;
  /** Adds to the request log what only the handler knows. */
  note(entry: { statementId?: string; sql?: string; queryTags?: Readonly<Record<string, string | null>> }): void;
}

/** A route answers with a value that becomes JSON under HTTP 200; errors are thrown as `ApiError`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** `/api/2.0/sql/statements/{id}`; a segment `{name}` matches one segment. */
  readonly path: string;
  /** Which part's faults this route suffers. */
  readonly part: Exclude<Part, 'storage'>;
  handle(request: ApiRequest): Promise<unknown> | unknown;
}

export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** Finds routes; a literal segment is preferred to a `{name}`. */
export class Router {
  readonly #routes: readonly { readonly segments: readonly string[]; readonly route: Route }[];

  constructor(routes: readonly Route[]) {
    const placeholders = (path: string) => path.split('{').length;
    this.#routes = routes
      .map((route) => ({ segments: route.path.split('/'), route }))
      .sort((a, b) => placeholders(a.route.path) - placeholders(b.route.path));
  }

  match(method: string, pathname: string): Match | undefined {
    const given = pathname.split('/');
    for (const { segments, route } of this.#routes) {
      if (route.method !== method || segments.length !== given.length) continue;
      const path = matchSegments(segments, given);
      if (path) return { route, path };
    }
    return undefined;
  }
}

function matchSegments(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const path: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const value = given[i] ?? '';
    if (segment.startsWith('{')) path[segment.slice(1, -1)] = decoded(value);
    else if (segment !== value) return undefined;
  }
  return path;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw invalidParameter(`The path segment ${segment} is not well encoded.`);
    throw error;
  }
}
