import type { Outcome } from "../../outcome.ts";

/** What a probe's run says by itself, without its name and time. */
export interface ProbeFinding {
  readonly outcome: Extract<Outcome, "ok" | "error" | "timeout">;
  readonly value: number | null;
  /** Empty if all is well. */
  readonly detail: string;
}

/** A run that is well. */
export function well(value: number | null): ProbeFinding {
  return { outcome: "ok", value, detail: "" };
}

/** A run that is not. */
export function unwell(detail: string, value: number | null = null): ProbeFinding {
  return { outcome: "error", value, detail };
}
