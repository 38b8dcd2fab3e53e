import { httpLoad } from "../lib/http-load.ts";
import { type BatchTiming, batchTimings, seedOf, VARIETY } from "./batch.ts";
import { firstSequenceAt, reporterName } from "./reporter.ts";
import { CONNECTIONS, type Sender, type SentTimings } from "./sender.ts";

/** A body of which only times and numbers change from one request to the next. */
export interface RequestBody {
  /**
   * @param second when the timings ended, in epoch seconds.
   * @param number of the request among those of its sender, from 1.
   */
  at(second: number, number: number): string | Uint8Array;
}

/** How a server takes timings over HTTP. */
export interface HttpEncoding {
  /** As senders call themselves by it. */
  readonly key: string;
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyOf: (timings: readonly BatchTiming[], sender: string) => RequestBody;
  /** Appended to the URL. */
  readonly query?: (sender: string, number: number) => string;
  /**
   * Whether each sender has series of its own, and each request a second to itself: a server of
   * time series keeps one value of a series for a time. Else requests are numbered reports of now.
   */
  readonly hasOwnSeries: boolean;
  /** Whether single timings of different senders are of different targets. */
  readonly isSpread?: boolean;
}

/** Where the seconds of those begin that have one for each request: a day ago. */
const OWN_SECONDS_AGO = 86_400;
/** Nothing is stored for longer than that, or it is a hang. */
const STORE_DEADLINE_MS = 120_000;

/** The connections of one size, and what they have to send. */
class Connections {
  readonly #encoding: HttpEncoding;
  readonly #names: readonly string[];
  readonly #bodies: readonly (readonly RequestBody[])[];
  readonly #sent: number[];
  readonly #firstSecond = Math.floor(Date.now() / 1_000) - OWN_SECONDS_AGO;
  #firstSequence = 0;

  constructor(encoding: HttpEncoding, size: number) {
    this.#encoding = encoding;
    this.#names = Array.from({ length: CONNECTIONS }, (_, i) =>
      encoding.hasOwnSeries ? `${encoding.key}-${size}-${i}` : reporterName(i),
    );
    this.#sent = this.#names.map(() => 0);
    this.#bodies = this.#names.map((name, connection) =>
      Array.from({ length: VARIETY.get(size) ?? 1 }, (_, i) =>
        encoding.bodyOf(
          batchTimings(size, seedOf(connection, i, encoding.isSpread === true)),
          name,
        ),
      ),
    );
  }

  /** To be called before a stretch of sending. */
  begin(): void {
    this.#firstSequence = firstSequenceAt(Date.now());
  }

  next(connection: number): string | Uint8Array {
    const sent = (this.#sent[connection] ?? 0) + 1;
    this.#sent[connection] = sent;
    const bodies = this.#bodies[connection] ?? [];
    const body = bodies[sent % bodies.length];
    if (body === undefined) throw new Error(`there is no connection ${connection}`);
    if (this.#encoding.hasOwnSeries) return body.at(this.#firstSecond + sent, sent);
    return body.at(Math.floor(Date.now() / 1_000), this.#firstSequence + sent);
  }

  /** Of the request whose body is asked for next. */
  query(connection: number): string {
    const number = this.#firstSequence + (this.#sent[connection] ?? 0) + 1;
    return this.#encoding.query?.(this.#names[connection] ?? "", number) ?? "";
  }
}

/** Sends timings over HTTP from this process, over as many connections as everybody. */
export class HttpSender implements Sender {
  readonly encoding: string;
  readonly #encoding: HttpEncoding;
  readonly #connections = new Map<number, Connections>();

  constructor(encoding: HttpEncoding) {
    this.encoding = encoding.name;
    this.#encoding = encoding;
  }

  async send(size: number, durationMs: number): Promise<SentTimings> {
    const connections = this.#connections.get(size) ?? new Connections(this.#encoding, size);
    this.#connections.set(size, connections);
    connections.begin();
    const { url, headers } = this.#encoding;
    const startedAt = performance.now();
    const { latenciesMs } = await httpLoad({
      url,
      headers,
      connections: CONNECTIONS,
      durationMs,
      body: (connection) => connections.next(connection),
      query: (connection) => connections.query(connection),
    });
    return { timings: latenciesMs.length * size, elapsedMs: performance.now() - startedAt };
  }

  async store(requests: number, size: number, spreadMs: number): Promise<void> {
    const { url, headers, bodyOf } = this.#encoding;
    const fromMs = Date.now() - spreadMs;
    let begun = 0;
    await httpLoad({
      url,
      headers,
      connections: CONNECTIONS,
      durationMs: STORE_DEADLINE_MS,
      requests,
      body: () => {
        // As many senders as connections, of which each has its own seconds.
        const sender = `store-${begun % CONNECTIONS}`;
        const second = Math.floor((fromMs + (begun / requests) * spreadMs) / 1_000);
        begun += 1;
        return bodyOf(batchTimings(size, begun), sender).at(second, begun);
      },
    });
    if (begun < requests) throw new Error(`${url} took ${begun} of ${requests} requests in time`);
  }
}
