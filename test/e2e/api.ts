import { setTimeout as sleep } from "node:timers/promises";

/** The tokens of `.dev.vars.example`. */
export const TOKENS = {
  ingest: "dev-ingest",
  read: "dev-read",
  admin: "dev-admin",
  other: "other-admin",
} as const;

const TIMEOUT_MS = 20_000;
const SETTLE_TIMEOUT_MS = 20_000;
const POLL_MS = 200;

export interface CallOptions {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Default: 20 s. */
  readonly timeoutMs?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One request; POST with a body, else GET. Rejects when there is no whole answer in time. */
export async function call(url: string, options: CallOptions = {}): Promise<Answer> {
  const { token, method, headers, body, timeoutMs = TIMEOUT_MS } = options;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { ...authorization, ...headers },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What a window or a point of history tells, as API.md has it. */
export interface Stats {
  readonly count: number;
  readonly ok: number;
  readonly error: number;
  readonly timeout: number;
  readonly rateLimited: number;
  readonly hit: number;
  readonly miss: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
}

export interface Series {
  readonly target: string;
  readonly operation: string;
  readonly windows: Readonly<Record<"1m" | "5m" | "1h", Stats>>;
}

export interface Ledger {
  readonly offered: number;
  readonly accepted: number;
  readonly merged: number;
  readonly pending: number;
  readonly duplicates: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly isBalanced: boolean;
}

export interface Live {
  readonly tenant: string;
  readonly epoch: string;
  readonly seq: number;
  readonly series: readonly Series[];
  readonly ledger: Ledger;
}

export interface Intake {
  readonly accepted: number;
  readonly duplicate: boolean;
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
}

export interface HistoryPoint extends Stats {
  readonly at: number;
  readonly histogram: string;
}

/** Of `/health/deep`, what tests look at. */
export interface DeepHealth {
  readonly coordinator: {
    readonly detail: { readonly subscribers: number; readonly checkpointAt: number | null };
  };
}

/** One Tachograph, as a user of its HTTP API with one token sees it. */
export class Api {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string = TOKENS.admin) {
    this.url = url;
    this.token = token;
  }

  call(path: string, options: CallOptions = {}): Promise<Answer> {
    return call(`${this.url}${path}`, { token: this.token, ...options });
  }

  /** The parsed body of an answer that must be a 200. */
  async get<Body>(path: string, options: CallOptions = {}): Promise<Body> {
    const { status, text } = await this.call(path, options);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return JSON.parse(text) as Body;
  }

  live(): Promise<Live> {
    return this.get("/v1/live");
  }

  deepHealth(): Promise<DeepHealth> {
    return this.get("/health/deep");
  }

  postTimings(body: object): Promise<Intake> {
    return this.get("/v1/timings", { body: JSON.stringify(body) });
  }

  /** Every timing of a series since `from`, as one point. */
  async wholeHistory(target: string, operation: string, from: number): Promise<HistoryPoint> {
    const range = `from=${from}&to=${Date.now() + 120_000}&step=all&histogram=1`;
    const { points } = await this.get<{ points: HistoryPoint[] }>(
      `/v1/history?target=${target}&operation=${encodeURIComponent(operation)}&${range}`,
    );
    const [point] = points;
    if (point === undefined) throw new Error(`no history of ${target}/${operation}`);
    return point;
  }

  /** Polls `/v1/live` until as many timings are merged, or more; what is there after 20 s. */
  async merged(timings: number): Promise<Live> {
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    for (;;) {
      const live = await this.live();
      const { merged, pending } = live.ledger;
      if ((merged >= timings && pending === 0) || Date.now() > deadline) return live;
      await sleep(POLL_MS);
    }
  }

  /** Polls `/v1/live` until nothing changes any more; rejects after 20 s. */
  async settled(): Promise<Live> {
    const deadline = Date.now() + SETTLE_TIMEOUT_MS;
    for (;;) {
      const live = await this.live();
      // What the shards have beyond the last tick is not in these books yet: ask twice.
      if (live.ledger.pending === 0 && (await this.#isUnchanged(live))) return live;
      if (Date.now() > deadline) throw new Error(`not settled: ${JSON.stringify(live.ledger)}`);
      await sleep(POLL_MS);
    }
  }

  async #isUnchanged(live: Live): Promise<boolean> {
    const { seq } = live;
    let later = live;
    for (let round = 0; round < 20 && later.seq < seq + 2; round++) {
      await sleep(POLL_MS);
      later = await this.live();
    }
    return later.ledger.offered === live.ledger.offered && later.ledger.pending === 0;
  }
}

/** The series of a snapshot under `target/operation`. */
export function seriesByName(live: Live): ReadonlyMap<string, Series> {
  return new Map(live.series.map((series) => [`${series.target}/${series.operation}`, series]));
}
