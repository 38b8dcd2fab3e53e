import type { Recorder } from "../recorder.ts";
import { timeCall } from "../time-call.ts";
import { timedCall } from "../timed-call.ts";
import type { Interceptor } from "../wrap-object.ts";
import { wrapObject } from "../wrap-object.ts";

/** What {@link instrumentKV} may be told. */
export interface InstrumentKVOptions {
  /** What the timings are filed under. A name. Default `kv`. */
  readonly target?: string | undefined;
}

/**
 * A KV namespace that records how its calls end, and is otherwise the bare one: its types, answers
 * and errors. It adds no I/O and keeps no value.
 *
 * - `get`: `get` and `getWithMetadata`, `hit` or `miss` by whether there was a value, and the time
 *   until it is here; a stream's content may still be on its way. A JSON `null` that is read as
 *   JSON looks like no value, so it is a `miss`. A `get` of several keys records
 *   one timing for each key, each with the time of the whole call, so that hits and misses are
 *   those of keys; of no keys at all, one `ok`.
 * - `put`, `delete`, `list`: `ok`.
 *
 * A call that fails, of however many keys, is one `error`, or a `timeout` when it throws an
 * `AbortError` or a `TimeoutError`.
 *
 * A namespace that is instrumented already is wrapped anew, for this recorder alone: nothing is timed
 * twice.
 *
 * @param namespace - Comes back as it is if there is none, which is noted as a failure.
 * @param recorder - The request's client, see `tachograph`.
 */
export function instrumentKV<Key extends string = string>(
  namespace: KVNamespace<Key>,
  recorder: Recorder,
  options: InstrumentKVOptions = {},
): KVNamespace<Key> {
  if (typeof namespace !== "object" || namespace === null) {
    recorder.noteFailure("instrumentKV", "the binding is missing: check wrangler.toml");
    return namespace;
  }
  const { target = "kv" } = options;
  const read =
    (isMissing: (found: unknown) => boolean): Interceptor =>
    (call, [keys]) =>
      timeCall(recorder, call, (durationMs, failure, value) => {
        if (failure !== undefined) return recorder.record(target, "get", durationMs, failure);
        const isOfMany = Array.isArray(keys) && value instanceof Map;
        if (isOfMany && value.size === 0) recorder.record(target, "get", durationMs, "ok");
        for (const found of isOfMany ? value.values() : [value]) {
          recorder.record(target, "get", durationMs, isMissing(found) ? "miss" : "hit");
        }
      });
  return wrapObject(namespace, {
    get: read(isNothing),
    getWithMetadata: read(hasNoValue),
    put: timedCall(recorder, target, "put"),
    delete: timedCall(recorder, target, "delete"),
    list: timedCall(recorder, target, "list"),
  });
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}

function hasNoValue(found: unknown): boolean {
  if (typeof found !== "object" || found === null) return true;
  return !("value" in found) || isNothing(found.value);
}
