import { WINDOW_NAMES } from "../merge/series-state.ts";
import {
  parseCursor,
  type StreamCursor,
  type StreamFilter,
  streamFilter,
} from "./stream-filter.ts";

/**
 * Where the entry Worker writes when the token expires, in epoch milliseconds; absent for never.
 * It replaces whatever the client has sent under this name.
 */
export const TOKEN_EXPIRES_AT_HEADER = "Tachograph-Token-Expires-At";

/**
 * What a request for the stream asks for, and until when it may. The entry Worker has checked the parameters, so what is
 * unknown here is left out.
 */
export function parseStreamRequest(request: Request): {
  filter: StreamFilter;
  resume: StreamCursor | undefined;
  expiresAt: number;
} {
  const query = new URL(request.url).searchParams;
  const windows = query.get("windows")?.split(",");
  const resume = query.get("resume") ?? request.headers.get("Last-Event-ID");
  return {
    filter: streamFilter({
      targets: query.get("targets")?.split(","),
      windows: windows && WINDOW_NAMES.filter((name) => windows.includes(name)),
      histograms: ["1", "true"].includes(query.get("histograms") ?? ""),
    }),
    resume: resume === null ? undefined : parseCursor(resume),
    expiresAt: Number(request.headers.get(TOKEN_EXPIRES_AT_HEADER) ?? Infinity),
  };
}
