/**
 * What the routes under `/api/performance` answer when they succeed: 200 with
 * `{"success":true,"data":…,"timestamp":…}`, which nobody may keep.
 * @param nowMs - epoch milliseconds.
 */
export function performanceAnswer(data: object, nowMs: number): Response {
  const body = { success: true, data, timestamp: nowMs };
  return Response.json(body, { headers: { "Cache-Control": "no-store" } });
}
