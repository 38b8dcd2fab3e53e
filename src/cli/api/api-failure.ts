import type { FieldError } from "../../api/problem.ts";
import type { GlobalOptions, TokenSource } from "../args/global-options.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { formatDuration } from "../output/format.ts";

/** What explains a failure: whom was asked, and with what. */
export type AskedWith = Pick<GlobalOptions, "url" | "tokenSource" | "timeoutMs">;

/** Most faults of a refused request that are shown. */
const MAX_FAULTS = 20;

/** Most characters of an answer that is repeated though it is no problem document. */
const MAX_QUOTED = 200;

/** Nothing answered: no connection, or it broke. */
export function unreachable({ url }: AskedWith, cause: unknown): CliError {
  return new CliError(`Nothing answers at ${url}: ${reasonOf(cause)}.`, {
    exitCode: EXIT.unreachable,
    hint: "Is it running? `npm start` starts it on this machine; --url URL or TACHOGRAPH_URL asks another.",
    isPassing: true,
    cause,
  });
}

/** It did not answer in time. */
export function tooSlow({ url, timeoutMs }: AskedWith): CliError {
  return new CliError(`No answer from ${url} within ${timeoutMs / 1_000} s.`, {
    exitCode: EXIT.unreachable,
    hint: "Try again, or wait longer with --timeout 30s.",
    isPassing: true,
  });
}

/** It answered what no Tachograph answers. */
export function notTachograph({ url }: AskedWith, what: string): CliError {
  return new CliError(`What answers at ${url} is no Tachograph, or another version: ${what}.`, {
    exitCode: EXIT.unreachable,
    hint: "Check --url and TACHOGRAPH_URL.",
  });
}

/**
 * An answer that is no success.
 * @param text its body.
 */
export function refusal(response: Response, text: string, asked: AskedWith): CliError {
  const { status, headers } = response;
  if (status >= 300 && status < 400) {
    const location = headers.get("location") ?? "another place";
    return notTachograph(asked, `it redirects (${status}) to ${location}`);
  }
  const { detail, errors } = readProblem(text);
  const said = detail ?? text.trim().slice(0, MAX_QUOTED);
  const message = `${asked.url} answered ${status}${said === "" ? "" : `: ${said}`}`;
  const faults = errors.slice(0, MAX_FAULTS).map(({ pointer, reason }) => `${pointer} ${reason}`);
  if (errors.length > MAX_FAULTS) faults.push(`and ${errors.length - MAX_FAULTS} more`);
  const isFailing = status >= 500;
  const waitMs = retryAfterMs(headers);
  const isToken = status === 401 || status === 403;
  return new CliError(message, {
    exitCode: isFailing ? EXIT.unreachable : isToken ? EXIT.token : EXIT.refused,
    faults,
    status,
    hint: isToken ? tokenHint(status, asked.tokenSource) : waitHint(waitMs),
    isPassing: isFailing || status === 429,
    retryAfterMs: waitMs,
  });
}

function tokenHint(status: 401 | 403, source: TokenSource): string {
  const how = "give one by TACHOGRAPH_TOKEN (which the list of processes does not show) or --token";
  if (status === 403) {
    return `The token of ${describeSource(source)} is not good for this: ${how}.`;
  }
  if (source === "none") return `A token of the secret TOKENS is needed: ${how}.`;
  return `The token of ${describeSource(source)} was refused: ${how}.`;
}

function waitHint(waitMs: number | undefined): string | undefined {
  return waitMs === undefined ? undefined : `Try again in ${formatDuration(waitMs)}.`;
}

function describeSource(source: TokenSource): string {
  return source === "development" ? "local development (none was given)" : source;
}

interface ReadProblem {
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[];
}

/** What there is of RFC 9457 in a body; nothing if it is something else. */
function readProblem(text: string): ReadProblem {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    // A proxy in between answers with a page of its own.
    if (cause instanceof SyntaxError) return { detail: undefined, errors: [] };
    throw cause;
  }
  if (typeof body !== "object" || body === null) return { detail: undefined, errors: [] };
  const given = new Map<string, unknown>(Object.entries(body));
  const [detail, errors] = [given.get("detail"), given.get("errors")];
  return {
    detail: typeof detail === "string" ? detail : undefined,
    errors: Array.isArray(errors) ? errors.filter(isFieldError) : [],
  };
}

function isFieldError(value: unknown): value is FieldError {
  if (typeof value !== "object" || value === null) return false;
  return (
    "pointer" in value &&
    typeof value.pointer === "string" &&
    "reason" in value &&
    typeof value.reason === "string"
  );
}

function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : undefined;
}

/** Why a connection broke: `fetch` says no more than that it failed; its cause knows why. */
export function reasonOf(cause: unknown): string {
  let innermost = cause;
  while (innermost instanceof Error && innermost.cause instanceof Error)
    innermost = innermost.cause;
  if (!(innermost instanceof Error)) return String(innermost);
  const code = "code" in innermost && typeof innermost.code === "string" ? innermost.code : "";
  return code === "ECONNREFUSED" ? "the connection is refused" : innermost.message || code;
}
