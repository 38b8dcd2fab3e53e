import { beforeDeadline } from "../before-deadline.ts";
import { classifyError } from "../classify.ts";
import type { Recorder } from "../recorder.ts";
import type { Timer } from "../timer.ts";
import { httpFinding } from "./http-finding.ts";
import type { Probe, ProbeResult } from "./probe.ts";
import { type ProbeFinding, unwell } from "./probe-finding.ts";
import { sqlFinding } from "./sql-finding.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

/** Longest text that is kept of an error. */
const MAX_DETAIL = 300;

/** What one run of a probe is made with. */
export interface ProbeRun<Env> {
  readonly target: string;
  readonly name: string;
  readonly probe: Probe<Env>;
  readonly env: Env;
  readonly tacho: Recorder;
  readonly timer: Timer;
}

/** Runs a probe, within its deadline, and records how it ended. Never throws. */
export async function runProbe<Env>(run: ProbeRun<Env>): Promise<ProbeResult> {
  const { target, name, tacho } = run;
  const at = tacho.now();
  const startedAt = tacho.stopwatch();
  const finding = await findInTime(run, at, startedAt);
  const durationMs = tacho.elapsedMs(startedAt);
  const { outcome, value, detail } = finding;
  const isOk = outcome === "ok";
  const measures = { failing: isOk ? 0 : 1, ...(value === null ? {} : { value }) };
  tacho.record(target, name, durationMs, outcome, measures);
  return { name, ok: isOk, value, detail: clipped(detail), durationMs, at };
}

/** The work itself goes on after the deadline, where it cannot be cut off; nobody waits for it. */
async function findInTime<Env>(
  { probe, env, tacho, timer }: ProbeRun<Env>,
  at: number,
  startedAt: number,
): Promise<ProbeFinding> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = probe;
  const late: ProbeFinding = {
    outcome: "timeout",
    value: null,
    detail: `it did not end within ${timeoutMs} ms`,
  };
  const abort = new AbortController();
  const work = async (): Promise<ProbeFinding> =>
    "sql" in probe
      ? sqlFinding(probe, env, at)
      : httpFinding(probe, env, abort.signal, () => tacho.elapsedMs(startedAt));
  try {
    const found = await beforeDeadline(work(), timeoutMs, timer);
    if (found !== undefined) return found.value;
    abort.abort();
    return late;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return classifyError(error) === "timeout" ? { ...late, detail: text } : unwell(text);
  }
}

/** One line, of a length that fits everywhere. */
function clipped(detail: string): string {
  const line = detail.replaceAll(/\s+/g, " ").trim();
  return line.length <= MAX_DETAIL ? line : `${line.slice(0, MAX_DETAIL - 1)}…`;
}
