import { Agent, request } from "node:http";

export interface HttpLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly durationMs: number;
  /** The body of the next request of a connection. */
  readonly body: (connection: number) => string | Buffer;
  /** Appended to the URL, if given. */
  readonly query?: (connection: number) => string;
}

/**
 * Posts from so many keep-alive connections at once, each one request after the other.
 * @returns requests per second.
 * @throws if an answer is not 2xx.
 */
export async function httpLoad(load: HttpLoad): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const startedAt = performance.now();
  const until = startedAt + load.durationMs;
  let requests = 0;
  const work = async (connection: number): Promise<void> => {
    while (performance.now() < until) {
      await post(agent, load, connection);
      requests += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: load.connections }, (_, i) => work(i)));
    return (requests / (performance.now() - startedAt)) * 1_000;
  } finally {
    agent.destroy();
  }
}

function post(
  agent: Agent,
  { url, headers, body, query }: HttpLoad,
  connection: number,
): Promise<void> {
  const content = Buffer.from(body(connection));
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method: "POST",
      headers: { ...headers, "content-length": content.length },
    };
    const sent = request(url + (query?.(connection) ?? ""), options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`${url} answered ${status}: ${Buffer.concat(chunks).toString()}`));
      });
    });
    sent.on("error", reject);
    sent.end(content);
  });
}
