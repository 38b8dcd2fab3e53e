import { WINDOW_NAMES } from "../../merge/series-state.ts";
import { parseCursor } from "../../stream/stream-filter.ts";
import { TOKEN_EXPIRES_AT_HEADER } from "../../stream/stream-request.ts";
import { checkOrigin } from "../authentication.ts";
import type { Handler } from "../context.ts";
import { queryBoolean, queryChoices, queryNames } from "../parse-query.ts";
import { invalidQuery, notAcceptable, orThrow } from "../problem.ts";

/** `GET /v1/stream[?targets=…][&windows=…][&histograms=1][&resume=EPOCH:SEQ]`: WebSocket or SSE. */
export const getStream: Handler = async (request, { env, who, url }) => {
  const query = url.searchParams;
  orThrow(queryNames(query, "targets"));
  orThrow(queryChoices(query, "windows", WINDOW_NAMES));
  orThrow(queryBoolean(query, "histograms"));
  const resume = query.get("resume");
  if (resume !== null && parseCursor(resume) === undefined) {
    throw invalidQuery("resume", "must be EPOCH:SEQ, as the last frame had them");
  }
  const headers = new Headers(request.headers);
  headers.delete("Authorization");
  headers.delete("Sec-WebSocket-Protocol");
  headers.delete(TOKEN_EXPIRES_AT_HEADER);
  if (who.expiresAt !== null) headers.set(TOKEN_EXPIRES_AT_HEADER, String(who.expiresAt));
  if (request.headers.get("Upgrade")?.toLowerCase() === "websocket") {
    orThrow(checkOrigin(request, env.ALLOWED_ORIGINS));
    // Only what is to be answered travels on; the token stays here.
    if (who.subprotocol !== null) headers.set("Sec-WebSocket-Protocol", who.subprotocol);
  } else if (!request.headers.get("Accept")?.includes("text/event-stream")) {
    throw notAcceptable(["text/event-stream", "a WebSocket upgrade"]);
  }
  const init = { headers, signal: request.signal };
  return env.COORDINATOR.getByName(who.tenant).fetch(new Request(url, init));
};
