import * as v from "valibot";
import { MAX_TAGS } from "./cache-key.ts";

/** Grows whenever what is written could not be read by the code before. */
const FORMAT = 1;

/** What KV holds of an entry. Times are epoch milliseconds, of the isolate that loaded it. */
export interface Envelope {
  /** The full key: two keys might be one to KV. */
  readonly key: string;
  readonly tags: readonly string[];
  /** The newest invalidation when the load began. */
  readonly version: number;
  readonly storedAt: number;
  readonly freshUntil: number;
  readonly value: unknown;
}

const envelopeSchema = v.object({
  format: v.literal(FORMAT),
  key: v.string(),
  tags: v.pipe(v.array(v.string()), v.maxLength(MAX_TAGS)),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  storedAt: v.pipe(v.number(), v.finite()),
  freshUntil: v.pipe(v.number(), v.finite()),
  // Left out for undefined, which is a value: there is nothing.
  value: v.optional(v.unknown()),
});

/** An entry as text. Its value must be one that JSON carries, or undefined. */
export function encodeEnvelope(envelope: Envelope): string {
  return JSON.stringify({ format: FORMAT, ...envelope });
}

/** @throws Error that says why it is no entry of `key`. */
export function decodeEnvelope(text: string, key: string): Envelope {
  const { output, issues, success } = v.safeParse(envelopeSchema, JSON.parse(text), {
    abortEarly: true,
  });
  if (!success) {
    const [issue] = issues;
    throw new Error(`no cache entry: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  }
  if (output.key !== key) throw new Error("a cache entry of another key");
  return { ...output, value: output.value };
}
