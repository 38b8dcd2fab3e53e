import { WHOLE_TARGET } from "../../../../src/names.ts";

/** A series as one text: its target, and its operation unless it is the whole target. */
export function seriesText({
  target,
  operation,
}: {
  readonly target: string;
  readonly operation: string;
}): string {
  return operation === WHOLE_TARGET ? target : `${target} · ${operation}`;
}
