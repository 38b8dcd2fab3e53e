import type { Timer } from "../timer.ts";
import { beforeDeadline } from "./before-deadline.ts";
import { CacheTimeoutError } from "./cache-timeout-error.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "./envelope.ts";
import { kvKeyOf } from "./kv-key.ts";

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

/** The entries in KV. */
export class L2Cache {
  readonly #kv: CacheNamespace;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #timer: Timer;

  constructor(kv: CacheNamespace, name: string, timeoutMs: number, timer: Timer) {
    this.#kv = kv;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    this.#timer = timer;
  }

  /**
   * What KV has for a full key, whether or not it is still good.
   * @throws what KV throws, a `TimeoutError` if it takes too long, or an Error if what it has is no
   * entry of this key.
   */
  async read(fullKey: string): Promise<Envelope | undefined> {
    const text = await this.#inTime(1, async () =>
      this.#kv.get(await kvKeyOf(this.#name, fullKey), "text"),
    );
    return text === null ? undefined : decodeEnvelope(text, fullKey);
  }

  /**
   * @param lifetimeMs how long it is worth keeping
   * @returns false if it is too long for KV.
   * @throws what KV throws, or a `TimeoutError` if it takes too long.
   */
  async write(envelope: Envelope, lifetimeMs: number): Promise<boolean> {
    const text = encodeEnvelope(envelope);
    if (text.length > MAX_L2_CHARACTERS) return false;
    const expirationTtl = Math.max(MIN_EXPIRATION_S, Math.ceil(lifetimeMs / 1_000));
    await this.#inTime(WRITE_PATIENCE, async () =>
      this.#kv.put(await kvKeyOf(this.#name, envelope.key), text, { expirationTtl }),
    );
    return true;
  }

  async #inTime<Value>(patience: number, call: () => Promise<Value>): Promise<Value> {
    const timeoutMs = patience * this.#timeoutMs;
    const done = await beforeDeadline(call(), timeoutMs, this.#timer);
    if (done !== undefined) return done.value;
    throw new CacheTimeoutError(`KV did not answer within ${timeoutMs} ms`);
  }
}
