import { decodeShardAnswer, encodeShardReport } from "../../src/wire/shard-message.ts";
import type { ShardReport } from "../../src/wire/shard-rpc.ts";
import { sampleColumns } from "./sample-columns.ts";
import type { TimingShard } from "./tachograph.ts";

interface DriverEnv {
  readonly TIMING_SHARD: DurableObjectNamespace<TimingShard>;
}

/** What a run of the driver came to. */
export interface DriverResult {
  readonly calls: number;
  readonly timings: number;
  readonly elapsedMs: number;
  readonly logRows: number;
  /** The slowest call. */
  readonly longestMs: number;
}

const sequences = new Map<string, number>();
const lastRows = new Map<string, number>();

/**
 * Calls one shard from so many loops at once for so long:
 * `GET /noop|drop|report|row|bareGroup?shard=…&callers=…&timings=…&ms=…[&pauseMs=…]`.
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name: string): number => Number(searchParams.get(name) ?? "1");
    const shardName = searchParams.get("shard") ?? "default/meta#0";
    const run = new Run(env, shardName, number("timings"), Number(searchParams.get("pauseMs")));
    return Response.json(await run.all(pathname.slice(1), number("callers"), number("ms")));
  },
} satisfies ExportedHandler<DriverEnv>;

class Run {
  readonly #shardName: string;
  readonly #stub: DurableObjectStub<TimingShard>;
  readonly #timings: number;
  readonly #pauseMs: number;
  #calls = 0;
  #longestMs = 0;

  constructor(env: DriverEnv, shardName: string, timings: number, pauseMs: number) {
    this.#shardName = shardName;
    this.#stub = env.TIMING_SHARD.getByName(shardName);
    this.#timings = timings;
    this.#pauseMs = pauseMs;
  }

  async all(what: string, callers: number, ms: number): Promise<DriverResult> {
    const rowsBefore = await this.#lastRow();
    const startedAt = Date.now();
    const until = startedAt + ms;
    const loops = Array.from({ length: callers }, (_, caller) => this.#loop(what, caller, until));
    await Promise.all(loops);
    const elapsedMs = Date.now() - startedAt;
    const logRows = (await this.#lastRow()) - rowsBefore;
    const timings = what === "noop" ? 0 : this.#calls * this.#timings;
    return { calls: this.#calls, timings, elapsedMs, logRows, longestMs: this.#longestMs };
  }

  async #loop(what: string, caller: number, until: number): Promise<void> {
    const call = this.#caller(what, caller);
    while (Date.now() < until) {
      const calledAt = Date.now();
      await call();
      this.#longestMs = Math.max(this.#longestMs, Date.now() - calledAt);
      this.#calls += 1;
      if (this.#pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    }
  }

  #caller(what: string, caller: number): () => Promise<void> {
    const stub = this.#stub;
    if (what === "noop") return async () => stub.noop();
    const reporter = `bench-${caller}`;
    const columns = sampleColumns(this.#timings, caller, 0);
    const key = `${this.#shardName}/${reporter}`;
    const next = (): ShardReport => {
      const sequence = (sequences.get(key) ?? 0) + 1;
      sequences.set(key, sequence);
      const content = { kind: "timings" as const, columns: { ...columns, baseAt: Date.now() } };
      return { reporter, sequence, content, givenUp: 0, refused: {} };
    };
    if (what === "bareGroup") return async () => stub.bareGroup(encodeShardReport(next()));
    if (what === "drop") return async () => stub.drop(next());
    if (what === "row") return async () => stub.insertRow(next());
    return async () => {
      const answer = decodeShardAnswer(await stub.report(encodeShardReport(next())));
      if (!answer.ok || answer.accepted !== this.#timings) {
        throw new Error(`a report was not counted: ${JSON.stringify(answer)}`);
      }
    };
  }

  /** A log that the coordinator has trimmed to nothing goes on counting where it was. */
  async #lastRow(): Promise<number> {
    const row = Math.max(await this.#stub.lastLogRow(), lastRows.get(this.#shardName) ?? 0);
    lastRows.set(this.#shardName, row);
    return row;
  }
}
