/** Extension members of a problem, such as `errors`. */
export type ProblemExtensions = Readonly<Record<string, unknown>>;

/** An error answer as RFC 9457 has it; `detail` says what to do about it. */
export function problem(
  status: number,
  title: string,
  detail: string,
  extensions: ProblemExtensions = {},
): Response {
  const body = { type: "about:blank", title, status, detail, ...extensions };
  return Response.json(body, { status, headers: { "content-type": "application/problem+json" } });
}

/** A 405 that says what is `allow`ed. */
export function methodNotAllowed(allow: string): Response {
  const response = problem(405, "Method not allowed", `Allowed here: ${allow}.`);
  response.headers.set("allow", allow);
  return response;
}
