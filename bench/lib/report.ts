import type { Family } from "../families.ts";
import { countGoals } from "./goals.ts";
import { markdownOfPart, markdownOfRows } from "./markdown.ts";
import type { PartResult } from "./part-result.ts";

/** One run as the results file keeps it. */
export interface RunResults {
  /** Whether it was a look instead of a measurement. */
  readonly quick: boolean;
  /** What was asked for: families, or parts of one; none for all comparisons. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly seconds: number;
  /** The commit that was measured, with `+` if files differed from it. */
  readonly commit: string;
  /** The machine, and the versions of everything measured, a line each. */
  readonly machine: readonly string[];
  readonly results: readonly PartResult[];
}

/** A run as a page in Markdown: what was missed first, then family by family. */
export function reportOf(run: RunResults, families: readonly Family[]): string {
  const date = new Date(run.startedAt).toISOString().slice(0, 10);
  const asked = [...(run.quick ? ["--quick"] : []), ...run.names];
  const command = ["npm run bench", ...(asked.length > 0 ? ["--"] : []), ...asked].join(" ");
  const about =
    `${run.quick ? "A look, no measurement: " : ""}\`${command}\` on ${date}, commit \`${run.commit}\`, ` +
    `${lasted(run.seconds)}. Servers on ` +
    "127.0.0.1, data from a seed. A figure with a spread `a – b, n = …` is the median of so many; those " +
    "of a ratio are rounds in which both sides took turns. What was run once or simulated says so in " +
    "its spread or in the notes of its table. Ratios are of one run, on one machine: they carry over to another one " +
    "better than the figures do.";
  const named = families.filter(({ name }) => run.results.some(({ family }) => family === name));
  const blocks = [
    "# Results",
    about,
    run.machine.map((line) => `- ${line}`).join("\n"),
    ...goalsBlock(run.results),
    ...named.flatMap(({ name, about: what }) => [
      `## ${name}`,
      `${what[0]?.toUpperCase() ?? ""}${what.slice(1)}.`,
      ...run.results.filter(({ family }) => family === name).map(markdownOfPart),
    ]),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function lasted(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** What a reader looks for first: goals that were not reached, and what could not be measured. */
function goalsBlock(results: readonly PartResult[]): string[] {
  const rows = results.flatMap((result) => result.rows);
  const { reached, missed: missedCount, notMeasured } = countGoals(results);
  const missed = rows.filter(({ verdict }) => verdict === "MISS");
  const absent = rows.filter(({ verdict }) => verdict === "failed" || verdict === "skipped");
  const summary =
    `${reached} of ${reached + missedCount + notMeasured} goals reached` +
    `${notMeasured > 0 ? `, ${notMeasured} not measured` : ""}.`;
  return [
    "## Goals",
    summary,
    ...(missed.length > 0 ? ["Missed:", markdownOfRows(missed)] : []),
    ...(absent.length > 0 ? ["Not measured:", markdownOfRows(absent)] : []),
  ];
}
