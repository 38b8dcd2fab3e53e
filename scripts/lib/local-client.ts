import { StartError } from "./start-error.ts";

const TIMEOUT_MS = 10_000;

export interface AskOptions {
  readonly method?: string;
  readonly body?: object;
  /** Ends it before its time is up. */
  readonly signal?: AbortSignal;
}

/**
 * The body of an answer of something that runs on this machine.
 *
 * @throws StartError when there is none, or it is no success.
 */
export async function ask(
  url: string,
  { method = "GET", body, signal }: AskOptions = {},
): Promise<string> {
  const response = await answerOf(url, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
  });
  if (!response.ok) {
    throw new StartError(`${method} ${url} answered ${response.status}: ${response.text}`);
  }
  return response.text;
}

async function answerOf(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, init);
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`no answer from ${url}: ${why}`);
  }
}
