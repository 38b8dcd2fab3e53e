/** One fault of a request. */
export interface FieldError {
  /**
   * Where: a JSON Pointer (RFC 6901) into the body as `/timings`, empty for the whole body, or a
   * query parameter as `?from`.
   */
  readonly pointer: string;
  /** What is wrong and what would be right. */
  readonly reason: string;
}

/** What the constructors below may add to a problem. */
export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Members beside the standard ones (RFC 9457, section 3.2), as the counts of a 422. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What a {@link Problem} is made of. */
export interface ProblemFields extends ProblemOptions {
  readonly status: number;
  /** Last part of the type, see {@link Problem.type}. */
  readonly slug: string;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Why a request was not done, as RFC 9457 problem details. Functions of the API return it where it
 * is one of their answers; it is an `Error`, so a handler may also throw it ({@link orThrow}) and
 * have the router answer {@link problemResponse}.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  /**
   * A stable identifier of the kind of problem, `urn:tachograph:problem:SLUG`. It is compared, not
   * fetched: an installation has no address that all others could refer to.
   */
  readonly type: string;
  /** The same for every problem of this type. */
  readonly title: string;
  /** What happened here and what to do; also the error's message. */
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(fields: ProblemFields) {
    super(fields.detail);
    this.status = fields.status;
    this.type = `urn:tachograph:problem:${fields.slug}`;
    this.title = fields.title;
    this.detail = fields.detail;
    this.errors = fields.errors ?? [];
    this.extensions = fields.extensions ?? {};
    this.headers = fields.headers ?? {};
  }
}

/** Returns what is no problem and throws what is one. @throws Problem */
export function orThrow<Value>(value: Value | Problem): Value {
  if (value instanceof Problem) throw value;
  return value;
}

/** The answer to a request with a problem: `application/problem+json`. */
export function problemResponse(problem: Problem): Response {
  const { extensions, type, title, status, detail, errors } = problem;
  // The standard members last: an extension cannot replace one.
  const body = { ...extensions, type, title, status, detail, ...(errors.length > 0 && { errors }) };
  const headers = new Headers(problem.headers);
  headers.set("content-type", "application/problem+json");
  headers.set("cache-control", "no-store");
  return new Response(JSON.stringify(body), { status, headers });
}

/** 400: the request is malformed; sending it again as it is cannot succeed. */
export function badRequest(detail: string, options: ProblemOptions = {}): Problem {
  return new Problem({
    status: 400,
    slug: "bad-request",
    title: "Bad request",
    detail,
    ...options,
  });
}

/** 400 for a body that is not what the route takes. */
export function invalidBody(detail: string, errors: readonly FieldError[]): Problem {
  return new Problem({ status: 400, slug: "invalid-body", title: "Invalid body", detail, errors });
}

/** 400 for a query parameter; `name` without the question mark. */
export function invalidQuery(name: string, reason: string): Problem {
  return new Problem({
    status: 400,
    slug: "invalid-query",
    title: "Invalid query parameter",
    detail: `The query parameter ${name} ${reason}.`,
    errors: [{ pointer: `?${name}`, reason }],
  });
}

/**
 * 401, with the challenge of RFC 6750, section 3: no error code if no token was given, and
 * `invalid_token` if one was.
 */
export function unauthorized(detail: string, tokenGiven: boolean): Problem {
  const challenge = 'Bearer realm="tachograph"';
  return new Problem({
    status: 401,
    slug: "unauthorized",
    title: "Unauthorized",
    detail,
    headers: { "www-authenticate": tokenGiven ? `${challenge}, error="invalid_token"` : challenge },
  });
}

/** 403; with the scope that was missing, the challenge of RFC 6750, section 3.1, names it. */
export function forbidden(detail: string, missingScope?: string): Problem {
  const challenge = `Bearer realm="tachograph", error="insufficient_scope", scope="${missingScope}"`;
  return new Problem({
    status: 403,
    slug: "forbidden",
    title: "Forbidden",
    detail,
    headers: missingScope === undefined ? {} : { "www-authenticate": challenge },
  });
}

/** 404. */
export function notFound(detail: string): Problem {
  return new Problem({ status: 404, slug: "not-found", title: "Not found", detail });
}

/** 404 for a lease that is not open: settled, expired, or another holder's. */
export function unknownLease(detail: string): Problem {
  return new Problem({ status: 404, slug: "unknown-lease", title: "Unknown lease", detail });
}

/** 405; `allowed` are the methods that the path does take, and stand in `Allow`. */
export function methodNotAllowed(method: string, allowed: readonly string[]): Problem {
  const allow = allowed.join(", ");
  return new Problem({
    status: 405,
    slug: "method-not-allowed",
    title: "Method not allowed",
    detail: `${method} is not possible here; use ${allow}.`,
    headers: { allow },
  });
}

/** 406; `offered` are the media types that there are. */
export function notAcceptable(offered: readonly string[]): Problem {
  return new Problem({
    status: 406,
    slug: "not-acceptable",
    title: "Not acceptable",
    detail: `Nothing here matches the request's Accept header; there is ${offered.join(", ")}.`,
  });
}

/** 409: it is there, and this cannot be done with it. */
export function conflict(detail: string): Problem {
  return new Problem({ status: 409, slug: "conflict", title: "Conflict", detail });
}

/** 413. */
export function payloadTooLarge(detail: string): Problem {
  return new Problem({ status: 413, slug: "too-large", title: "Content too large", detail });
}

/** 415; `headers` can say what is taken (`accept`, or `accept-encoding`: RFC 9110, 15.5.16). */
export function unsupportedMediaType(
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Problem {
  return new Problem({
    status: 415,
    slug: "unsupported-media-type",
    title: "Unsupported media type",
    detail,
    headers,
  });
}

/** 422: the request is well formed, and nothing in it can be done. */
export function unprocessable(detail: string, options: ProblemOptions = {}): Problem {
  return new Problem({
    status: 422,
    slug: "unprocessable",
    title: "Unprocessable content",
    detail,
    ...options,
  });
}

/** 429; the wait is given in milliseconds, `Retry-After` has it in whole seconds, rounded up. */
export function tooManyRequests(
  detail: string,
  retryAfterMs: number,
  options: ProblemOptions = {},
): Problem {
  return new Problem({
    status: 429,
    slug: "too-many-requests",
    title: "Too many requests",
    detail,
    headers: retryAfter(retryAfterMs),
    ...options,
  });
}

/** 503; the wait as in {@link tooManyRequests}. */
export function unavailable(
  detail: string,
  retryAfterMs: number,
  options: ProblemOptions = {},
): Problem {
  return new Problem({
    status: 503,
    slug: "unavailable",
    title: "Service unavailable",
    detail,
    headers: retryAfter(retryAfterMs),
    ...options,
  });
}

/** 500: a fault of ours. The cause belongs into the log, not into the answer. */
export function internalError(): Problem {
  return new Problem({
    status: 500,
    slug: "internal",
    title: "Internal error",
    detail:
      "Something failed that should not. It is in the Worker's log; sending the request again may succeed.",
  });
}

/** 503 that lasts until whoever runs this installation changes a setting. */
export function misconfigured(detail: string): Problem {
  return new Problem({ status: 503, slug: "misconfigured", title: "Not configured", detail });
}

function retryAfter(durationMs: number): Readonly<Record<string, string>> {
  return { "retry-after": String(Math.max(1, Math.ceil(durationMs / 1000))) };
}
