import { Pool } from "undici";

export interface HttpLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly durationMs: number;
  /** Ends sooner, after so many requests of all connections. */
  readonly requests?: number;
  /** The body of the next request of a connection. */
  readonly body: (connection: number) => string | Uint8Array;
  /** Appended to the URL, if given. */
  readonly query?: (connection: number) => string;
}

/** What a load came to. */
export interface HttpRate {
  readonly perSecond: number;
  /** From sending a request to having read its answer, of each in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/**
 * Posts from so many keep-alive connections at once, each one request after the other.
 * @throws if an answer is not 2xx.
 */
export async function httpLoad(load: HttpLoad): Promise<HttpRate> {
  const { origin, pathname, search } = new URL(load.url);
  const pool = new Pool(origin, { connections: load.connections, pipelining: 1 });
  const startedAt = performance.now();
  const until = startedAt + load.durationMs;
  const latenciesMs: number[] = [];
  let left = load.requests ?? Infinity;
  const work = async (connection: number): Promise<void> => {
    for (let now = performance.now(); now < until && left > 0;) {
      left -= 1;
      const sentAt = now;
      const path = `${pathname}${search}${load.query?.(connection) ?? ""}`;
      await post(pool, path, load.headers, load.body(connection));
      now = performance.now();
      latenciesMs.push(now - sentAt);
    }
  };
  try {
    await Promise.all(Array.from({ length: load.connections }, (_, i) => work(i)));
    return {
      perSecond: (latenciesMs.length / (performance.now() - startedAt)) * 1_000,
      latenciesMs,
    };
  } finally {
    await pool.destroy();
  }
}

async function post(
  pool: Pool,
  path: string,
  headers: Readonly<Record<string, string>>,
  content: string | Uint8Array,
): Promise<void> {
  const { statusCode, body } = await pool.request({ method: "POST", path, headers, body: content });
  const text = await body.text();
  if (statusCode < 200 || statusCode >= 300)
    throw new Error(`${path} answered ${statusCode}: ${text}`);
}
