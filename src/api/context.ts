import type { Authenticated } from "./authentication.ts";

/** What a handler is given beside the request. */
export interface RequestContext {
  readonly env: Env;
  readonly who: Authenticated;
  readonly url: URL;
}

/** A request with what its route's path has names for, still encoded; absent if it has none. */
export type RoutedRequest = Request & { readonly params?: Readonly<Record<string, string>> };

/** Answers one route for somebody who may use it. It may throw a `Problem`. */
export type Handler = (request: RoutedRequest, context: RequestContext) => Promise<Response>;
