const PLACE = "{traceId}";

const MAX_LENGTH = 500;

/**
 * Whether `value` is an address of traces, as `https://traces.example.com/{traceId}`: the page makes
 * links of it, so it leads to one host whatever the id, and by HTTPS.
 */
export function isTraceUrl(value: unknown): value is string {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return false;
  if (!/^https:\/\/[^\s\\]+$/.test(value)) return false;
  const url = URL.parse(traceUrl(value, "0"));
  if (url === null || url.username !== "" || url.password !== "") return false;
  // The place for the id is behind the host: with another id the host is the same.
  return value.includes(PLACE) && URL.parse(traceUrl(value, "1"))?.origin === url.origin;
}

/**
 * The address of one trace.
 *
 * @param template - What {@link isTraceUrl} has nothing against.
 */
export function traceUrl(template: string, traceId: string): string {
  return template.replaceAll(PLACE, encodeURIComponent(traceId));
}
