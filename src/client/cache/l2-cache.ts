import type { Timer } from "../timer.ts";
import { beforeDeadline } from "../before-deadline.ts";
import { CacheTimeoutError } from "./cache-timeout-error.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "./envelope.ts";
import { kvKeyOf } from "./kv-key.ts";
import { Pause } from "./pause.ts";

/** The part of a KV namespace that a cache needs: a `KVNamespace` is one, instrumented or not. */
export interface CacheNamespace {
  get(key: string, type: "text"): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
}

/** KV takes 25 MiB; a character has at most three bytes. */
const MAX_L2_CHARACTERS = 8_000_000;

/** KV refuses to forget earlier. */
const MIN_EXPIRATION_S = 60;

/** Nobody waits for a write, so it may take so many times as long as a read. */
const WRITE_PATIENCE = 10;

/** What became of a write. */
export type L2Write = "written" | "too-long" | "passed-over";

/** The entries in KV. After it did not answer in time it is passed over for a while. */
export class L2Cache {
  /** Times that KV was not asked because it did not answer before. */
  passedOver = 0;
  readonly #kv: CacheNamespace;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #timer: Timer;
  readonly #reads = new Pause();
  readonly #writes = new Pause();

  constructor(kv: CacheNamespace, name: string, timeoutMs: number, timer: Timer) {
    this.#kv = kv;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    this.#timer = timer;
  }

  /**
   * What KV has for a full key, whether or not it is still good; nothing while it is passed over.
   * @param clock epoch milliseconds
   * @throws what KV throws, a `TimeoutError` if it takes too long, or an Error if what it has is no
   * entry of this key.
   */
  async read(fullKey: string, clock: () => number): Promise<Envelope | undefined> {
    if (!this.#reads.mayTry(clock(), this.#timeoutMs)) {
      this.passedOver += 1;
      return undefined;
    }
    const text = await this.#inTime(this.#reads, this.#timeoutMs, clock, async () =>
      this.#kv.get(await kvKeyOf(this.#name, fullKey), "text"),
    );
    return text === null ? undefined : decodeEnvelope(text, fullKey);
  }

  /**
   * @param lifetimeMs how long it is worth keeping
   * @param clock epoch milliseconds
   * @throws what KV throws, or a `TimeoutError` if it takes too long.
   */
  async write(envelope: Envelope, lifetimeMs: number, clock: () => number): Promise<L2Write> {
    const text = encodeEnvelope(envelope);
    if (text.length > MAX_L2_CHARACTERS) return "too-long";
    const timeoutMs = WRITE_PATIENCE * this.#timeoutMs;
    const now = clock();
    if (this.#reads.isOn(now) || !this.#writes.mayTry(now, timeoutMs)) {
      this.passedOver += 1;
      return "passed-over";
    }
    const expirationTtl = Math.max(MIN_EXPIRATION_S, Math.ceil(lifetimeMs / 1_000));
    await this.#inTime(this.#writes, timeoutMs, clock, async () =>
      this.#kv.put(await kvKeyOf(this.#name, envelope.key), text, { expirationTtl }),
    );
    return "written";
  }

  async #inTime<Value>(
    pause: Pause,
    timeoutMs: number,
    clock: () => number,
    call: () => Promise<Value>,
  ): Promise<Value> {
    const done = await beforeDeadline(call(), timeoutMs, this.#timer);
    if (done !== undefined) {
      pause.end();
      return done.value;
    }
    pause.begin(clock());
    throw new CacheTimeoutError(`KV did not answer within ${timeoutMs} ms`);
  }
}
