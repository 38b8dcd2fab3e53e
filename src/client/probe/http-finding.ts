import type { HttpProbe } from "./probe.ts";
import { isHttpUrl } from "./probe-faults.ts";
import { type ProbeFinding, unwell, well } from "./probe-finding.ts";

const ANY_2XX = [200, 299] as const;

/**
 * Makes the request of a probe. The answer's body is let go of unread.
 *
 * @param elapsedMs - says how long it has taken so far.
 * @throws what the probe's own functions and `fetch` throw.
 */
export async function httpFinding<Env>(
  probe: HttpProbe<Env>,
  env: Env,
  signal: AbortSignal,
  elapsedMs: () => number,
): Promise<ProbeFinding> {
  const url = typeof probe.url === "function" ? probe.url(env) : probe.url;
  if (!isHttpUrl(url)) return unwell("its url gave no absolute URL of http: or https:");
  const { method = "GET" } = probe;
  const calling = probe.fetcher?.(env) ?? globalThis;
  const response = await calling.fetch(url, { method, redirect: "manual", signal });
  const tookMs = elapsedMs();
  // Nobody waits for the other side to hear of it.
  response.body?.cancel().catch(() => undefined);
  return held(probe, response.status, tookMs);
}

function held<Env>(probe: HttpProbe<Env>, status: number, tookMs: number): ProbeFinding {
  const { expectStatus = ANY_2XX, maxMs } = probe;
  const [first, last] =
    typeof expectStatus === "number" ? [expectStatus, expectStatus] : expectStatus;
  if (status < first || status > last) {
    const expected = first === last ? `${first}` : `${first} to ${last}`;
    return unwell(`it answered ${status}, not ${expected}`, tookMs);
  }
  if (maxMs !== undefined && tookMs > maxMs) {
    return unwell(`it took ${tookMs} ms, more than ${maxMs} ms`, tookMs);
  }
  return well(tookMs);
}
