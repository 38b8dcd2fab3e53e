import type { GlobalOptions } from "../args/global-options.ts";
import { type AskedWith, notTachograph, refusal, tooSlow, unreachable } from "./api-failure.ts";
import { readText } from "./read-text.ts";
import type { ServerClock } from "./server-clock.ts";
import type { Shape } from "./shape.ts";

/** A request to the API. */
export interface ApiRequest {
  /** Default: GET. */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Parameters; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; then `headers` say what it is. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The media type that is asked for, and that the answer has to be of. Default: any. */
  readonly accept?: string;
  /** The one status of 2xx that an answer may have. Default: all. */
  readonly onlyOk?: number;
  /** How long until the headers of the answer, in milliseconds. Default: the option `--timeout`. */
  readonly timeoutMs?: number;
  /** Statuses beside 2xx whose answers are read as others are, as 404 of what may not be there. */
  readonly alsoOk?: readonly number[];
  /** Ends it before its time, as the user does. */
  readonly signal?: AbortSignal;
}

interface ApiClientOptions extends Pick<
  GlobalOptions,
  "url" | "token" | "tokenSource" | "timeoutMs"
> {
  /** Ends every request: see {@link CliIo.signal}. */
  readonly signal: AbortSignal;
  /** What hears the server's time from its answers. */
  readonly clock: ServerClock;
}

/** The HTTP API of one Tachograph, with one token. What goes wrong is a {@link CliError}. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /**
   * The parsed body of a successful answer.
   * @param path below the address, as `/v1/live`; names in it are encoded.
   * @throws CliError also for an answer of another shape.
   */
  async read<Answer>(
    path: string,
    shape: Shape<Answer>,
    request: ApiRequest = {},
  ): Promise<Answer> {
    return this.parse(path, await this.readText(path, request), shape);
  }

  /** The text of an answer as JSON of a shape. @throws CliError if it is none. */
  parse<Answer>(path: string, text: string, shape: Shape<Answer>): Answer {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (cause) {
      if (cause instanceof SyntaxError) throw notTachograph(this.#options, `${path} is not JSON`);
      throw cause;
    }
    if (shape.fits(body)) return body;
    throw notTachograph(this.#options, `${path} has ${shape.faultOf(body)}`);
  }

  /** The text of a successful answer, all of it within the timeout. @throws CliError */
  async readText(path: string, request: ApiRequest = {}): Promise<string> {
    const deadline = new Deadline(request.timeoutMs ?? this.#options.timeoutMs);
    try {
      const response = await this.#send(path, request, deadline);
      return await this.#textOf(response, request, deadline);
    } finally {
      deadline.clear();
    }
  }

  /**
   * A successful answer whose body the caller reads; the timeout is over when its headers are there.
   * @throws CliError
   */
  async open(path: string, request: ApiRequest = {}): Promise<Response> {
    const deadline = new Deadline(request.timeoutMs ?? this.#options.timeoutMs);
    try {
      return await this.#send(path, request, deadline);
    } finally {
      deadline.clear();
    }
  }

  async #send(path: string, request: ApiRequest, deadline: Deadline): Promise<Response> {
    const response = await this.#fetch(path, request, deadline);
    const { ok, status } = response;
    if (request.alsoOk?.includes(status) === true) return response;
    if (ok) {
      checkAnswer(response, path, request, this.#options);
      return response;
    }
    throw refusal(response, await this.#textOf(response, request, deadline), this.#asked(request));
  }

  async #fetch(path: string, request: ApiRequest, deadline: Deadline): Promise<Response> {
    const { method = "GET", query = {}, json, body, headers, accept } = request;
    const { url, token } = this.#options;
    const address = new URL(`${url}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    const sent = json === undefined ? body : JSON.stringify(json);
    try {
      const response = await fetch(address, {
        method,
        headers: {
          Accept: accept ?? "application/json",
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(json !== undefined && { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(sent !== undefined && { body: sent }),
        // A token is not carried elsewhere.
        redirect: "manual",
        signal: this.#signal(request, deadline),
      });
      this.#options.clock.hear(response.headers);
      return response;
    } catch (cause) {
      throw this.#failure(cause, request, deadline);
    }
  }

  async #textOf(response: Response, request: ApiRequest, deadline: Deadline): Promise<string> {
    let text: string | undefined;
    try {
      text = await readText(response);
    } catch (cause) {
      throw this.#failure(cause, request, deadline);
    }
    if (text !== undefined) return text;
    throw notTachograph(this.#asked(request), "it answers without an end");
  }

  /** What the user ended is thrown as it is: it is no failure. */
  #failure(cause: unknown, request: ApiRequest, deadline: Deadline): unknown {
    for (const signal of [this.#options.signal, request.signal]) {
      if (signal?.aborted === true) return signal.reason;
    }
    const asked = this.#asked(request);
    return deadline.isOver ? tooSlow(asked) : unreachable(asked, cause);
  }

  #signal({ signal }: ApiRequest, deadline: Deadline): AbortSignal {
    const own = [this.#options.signal, deadline.signal];
    return AbortSignal.any(signal === undefined ? own : [...own, signal]);
  }

  #asked({ timeoutMs }: ApiRequest): AskedWith {
    return { ...this.#options, timeoutMs: timeoutMs ?? this.#options.timeoutMs };
  }
}

/** @throws CliError for an answer that is a success, and not the one that was asked for. */
function checkAnswer(
  { status, headers }: Response,
  path: string,
  { onlyOk = status, accept }: ApiRequest,
  asked: AskedWith,
): void {
  if (status !== onlyOk) throw notTachograph(asked, `${path} answers ${status}, and not ${onlyOk}`);
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim();
  if (accept === undefined || type === accept) return;
  throw notTachograph(asked, `${path} is ${type ?? "of no type"}, and not ${accept}`);
}

/** Ends a request after a time, unless it is cleared before. */
class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.#timer = setTimeout(() => this.#abort.abort(), timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
