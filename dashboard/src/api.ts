import { messages, textsNow } from "./i18n/language.ts";

const TEXTS = messages(
  {
    late: "The server did not answer in time.",
    unreached: "The server cannot be reached.",
    foreign: (status: string) =>
      `What answered ${status} is not Tachograph, but perhaps a proxy in between.`,
    failed: (status: string) => `The server failed (${status}): its log may say of what.`,
    refused: (status: string) => `The server refused this (${status}) and did not say why.`,
    tooLong: "The answer is too long: choose a shorter range.",
  },
  {
    late: "O servidor não respondeu a tempo.",
    unreached: "Não foi possível acessar o servidor.",
    foreign: (status) =>
      `Quem respondeu ${status} não é o Tachograph, mas talvez um proxy no meio.`,
    failed: (status) => `O servidor falhou (${status}): o log dele pode dizer por quê.`,
    refused: (status) => `O servidor recusou isto (${status}) e não disse por quê.`,
    tooLong: "A resposta é longa demais: escolha um período menor.",
  },
);

/** Longest that an answer may take: a backtest of a week needs some seconds. */
const TIMEOUT_MS = 30_000;

/** Longest answer that is made anything of, in characters: 90 days with histograms stay far below. */
const MAX_ANSWER_LENGTH = 64 * 1024 * 1024;

/** From this status on it is the server's fault. */
const SERVER_FAILS = 500;

/** What is wrong with one field of a body. */
interface FieldFault {
  /** Where it stands, as `/rule/forMs`. */
  readonly pointer: string;
  readonly reason: string;
}

/** Why a request came to nothing, in a sentence that may be shown. */
export class ApiError extends Error {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** What the sentence says of single fields; empty if it is about none. */
  readonly faults: readonly FieldFault[];

  constructor(status: number, message: string, faults: readonly FieldFault[] = []) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.faults = faults;
  }
}

/** What a request carries beside its path. */
interface ApiRequest {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Query parameters; those that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Statuses beside 2xx whose answer is of the same shape, as 503 of `/health/deep`. */
  readonly alsoGood?: readonly number[];
}

/** Asks Tachograph's API with the token that the user signed in with. */
export class Api {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /**
   * The JSON that a path answers.
   *
   * @throws ApiError with what the server said is wrong, or that it did not answer.
   * @throws DOMException `AbortError` if `signal` is aborted.
   */
  async ask<Answer>(path: string, request: ApiRequest = {}): Promise<Answer> {
    const { method = "GET", body, alsoGood = [] } = request;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    const headers = new Headers({ Authorization: `Bearer ${this.#token}` });
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const init = { method, headers, signal, cache: "no-store" } as const;
    const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) };
    const response = await fetch(addressOf(path, request.query), sent).catch((error: unknown) =>
      throwUnanswered(error, request.signal),
    );
    const text = await response
      .text()
      .catch((error: unknown) => throwUnanswered(error, request.signal));
    if (text.length > MAX_ANSWER_LENGTH) {
      throw new ApiError(response.status, textsNow(TEXTS).tooLong);
    }
    if (response.ok || alsoGood.includes(response.status)) {
      try {
        const answer: Answer = text === "" ? undefined : JSON.parse(text);
        return answer;
      } catch (error) {
        console.info("an answer is no JSON", error);
        const { status } = response;
        throw new ApiError(status, textsNow(TEXTS).foreign(String(status)));
      }
    }
    throw refusal(response.status, text);
  }
}

function addressOf(path: string, query: ApiRequest["query"] = {}): URL {
  const address = new URL(path, location.href);
  address.hash = "";
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  return address;
}

function throwUnanswered(error: unknown, signal: AbortSignal | undefined): never {
  if (signal?.aborted) throw error;
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  const { late, unreached } = textsNow(TEXTS);
  throw new ApiError(0, isLate ? late : unreached);
}

/** `detail` of a problem (RFC 9457), and what `errors` adds to it. */
function refusal(status: number, text: string): ApiError {
  const { failed, refused } = textsNow(TEXTS);
  const unexplained = (status >= SERVER_FAILS ? failed : refused)(String(status));
  let problem: unknown;
  try {
    problem = JSON.parse(text);
  } catch {
    return new ApiError(status, unexplained);
  }
  if (typeof problem !== "object" || problem === null) return new ApiError(status, unexplained);
  const { detail, errors } = problem as { readonly detail?: unknown; readonly errors?: unknown };
  const told = typeof detail === "string" ? detail : unexplained;
  const faults = Array.isArray(errors) ? errors.flatMap((error) => faultOf(error)) : [];
  const reasons = faults.map(({ pointer, reason }) => `${pointer}: ${reason}.`);
  return new ApiError(status, [told, ...reasons].join(" "), faults);
}

function faultOf(error: unknown): FieldFault[] {
  if (typeof error !== "object" || error === null) return [];
  const { pointer, reason } = error as { readonly pointer?: unknown; readonly reason?: unknown };
  return typeof pointer === "string" && typeof reason === "string" ? [{ pointer, reason }] : [];
}
