import { isName } from "../names.ts";
import { type Outcome, outcomeCode, OUTCOMES } from "../outcome.ts";

/** The operation of timings that do not name one. */
const DEFAULT_OPERATION = "call";

/** What the tag of a log row says its values are, or which part of it cannot be. */
export type ParsedTag =
  | {
      readonly ok: true;
      readonly target: string;
      readonly operation: string;
      readonly outcome: Outcome;
    }
  | { readonly ok: false; readonly reason: "bad_target" | "bad_operation" | "bad_outcome" };

/**
 * Reads `target`, `target/operation` or `target/operation/outcome`, the text behind `Tag=`.
 * The operation defaults to `call`, the outcome to `ok`. A row without a tag names no target.
 */
export function parseTag(tag: string | undefined): ParsedTag {
  const [target, operation = DEFAULT_OPERATION, ...outcomeParts] = (tag ?? "").split("/", 4);
  if (!isName(target)) return { ok: false, reason: "bad_target" };
  if (!isName(operation)) return { ok: false, reason: "bad_operation" };
  if (outcomeParts.length > 1) return { ok: false, reason: "bad_outcome" };
  const outcome = outcomeOf(outcomeParts[0] ?? "ok");
  if (outcome === undefined) return { ok: false, reason: "bad_outcome" };
  return { ok: true, target, operation, outcome };
}

function outcomeOf(name: string): Outcome | undefined {
  const code = outcomeCode(name);
  return code === undefined ? undefined : OUTCOMES[code];
}
