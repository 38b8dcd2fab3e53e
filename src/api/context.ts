import type { IRequest } from "itty-router";
import type { Authenticated } from "./authentication.ts";

/** What a handler is given beside the request. */
export interface RequestContext {
  readonly env: Env;
  readonly who: Authenticated;
  readonly url: URL;
}

/** Answers one route for somebody who may use it. It may throw a `Problem`. */
export type Handler = (request: IRequest & Request, context: RequestContext) => Promise<Response>;
