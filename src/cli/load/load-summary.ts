import { EXIT } from "../exit-code.ts";
import { formatCount, formatDuration, formatMs, formatRate } from "../output/format.ts";
import type { Cell } from "../output/table.ts";
import type { ReportTotals } from "../send/report-tally.ts";
import type { LedgerFinding } from "./ledger-check.ts";
import type { LatencySummary } from "./request-latency.ts";

/** All that is told of a run of load. Counts are of timings unless they say otherwise. */
export interface LoadSummary extends ReportTotals {
  readonly seed: number;
  readonly elapsedMs: number;
  readonly askedPerSecond: number;
  /** Timings that were counted, by the time it took. */
  readonly achievedPerSecond: number;
  readonly late: number;
  readonly givenUp: number;
  readonly notDue: number;
  /** From sending a request to its acknowledgement, with repeats. */
  readonly latency: LatencySummary;
  /** The same from when it was due: what a server that stalls does to those behind. */
  readonly latencySinceDue: LatencySummary;
  readonly ledger: LedgerFinding;
}

/** The summary as names and values, in the order in which one asks. */
export function loadFields(summary: LoadSummary): (readonly [name: string, value: Cell])[] {
  const { sent, accepted, duplicates, requests, retries, failed, late, givenUp, notDue } = summary;
  const { achievedPerSecond, askedPerSecond, latency, latencySinceDue, elapsedMs } = summary;
  return [
    ["requests", formatCount(requests)],
    ["sent", `${formatCount(sent)} timings`],
    ["accepted", formatCount(accepted)],
    ["duplicates", alarming(duplicates, "counted by a request whose answer was lost", "yellow")],
    ["rejected", counts(summary.rejected)],
    ["not acknowledged", alarming(failed, textOf(summary.failures), "red")],
    ["given up", alarming(givenUp, "due while every lane was busy, and not sent", "yellow")],
    ["late", alarming(late, "sent after their time", "yellow")],
    ...(notDue > 0 ? [["not due yet", formatCount(notDue)] as const] : []),
    ["retries", formatCount(retries)],
    ["latency", latencyText(latency)],
    ["since due", latencyText(latencySinceDue)],
    [
      "rate",
      `${formatRate(achievedPerSecond)} a second of ${formatRate(askedPerSecond)}, ` +
        `for ${formatDuration(elapsedMs)}`,
    ],
    ["ledger", ledgerCell(summary.ledger)],
    ["wrong answers", counts(summary.faults)],
    ["seed", String(summary.seed)],
  ];
}

/**
 * What a run of load ends with: 2 if something was acknowledged wrongly or is not in the books, 3 if
 * nothing was acknowledged at all, 65 if all of it was refused.
 */
export function loadExitCode(summary: LoadSummary): number {
  const { faults, ledger, sent, failed, accepted, duplicates } = summary;
  if (Object.keys(faults).length > 0 || ledger.kind === "short") return EXIT.critical;
  if (accepted + duplicates > 0) return EXIT.ok;
  return sent === failed ? EXIT.unreachable : EXIT.refused;
}

function alarming(count: number, what: string, style: "yellow" | "red"): Cell {
  return count === 0 ? "0" : { text: `${formatCount(count)} (${what})`, style };
}

function counts(byText: Readonly<Record<string, number>>): Cell {
  const text = textOf(byText);
  return text === "" ? "0" : { text, style: "red" };
}

function textOf(byText: Readonly<Record<string, number>>): string {
  const entries = Object.entries(byText);
  return entries.map(([text, count]) => `${formatCount(count)} × ${text}`).join("; ");
}

function latencyText({ p50Ms, p95Ms, p99Ms, maxMs }: LatencySummary): string {
  const [p50, p95, p99, max] = [p50Ms, p95Ms, p99Ms, maxMs].map(formatMs);
  return `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, at most ${max} ms`;
}

function ledgerCell(finding: LedgerFinding): Cell {
  switch (finding.kind) {
    case "complete":
      return { text: "all that was acknowledged is in the books", style: "green" };
    case "unclear":
      return {
        text:
          `cannot be told: ${formatCount(finding.others)} more are in the books, of others who send ` +
          "to the same targets",
        style: "yellow",
      };
    case "short":
      return {
        text: `${formatCount(finding.missing)} that were acknowledged are not in the books`,
        style: "red",
      };
    case "unchecked":
      return { text: `not compared: ${finding.why}`, style: "dim" };
  }
}
