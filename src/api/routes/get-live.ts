import { WINDOW_NAMES } from "../../merge/series-state.ts";
import { streamFilter } from "../../stream/stream-filter.ts";
import type { Handler } from "../context.ts";
import { queryChoice, queryName } from "../parse-query.ts";
import { orThrow } from "../problem.ts";

/** `GET /v1/live[?target=meta][&window=1m]` */
export const getLive: Handler = async (_request, { env, who, url }) => {
  const target = orThrow(queryName(url.searchParams, "target"));
  const window = orThrow(queryChoice(url.searchParams, "window", WINDOW_NAMES));
  const filter = streamFilter({
    targets: target === undefined ? undefined : [target],
    windows: window === undefined ? undefined : [window],
  });
  const body = await env.COORDINATOR.getByName(who.tenant).live(filter);
  return new Response(body, {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  });
};
