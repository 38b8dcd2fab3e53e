import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { BenchOutcome, BenchPart } from "../../../../bench/lib/bench-part.ts";
import { type BenchRow, verdictOf } from "../../../../bench/lib/bench-row.ts";
import { onEnd } from "../../../../bench/lib/cleanup.ts";
import { makeRunDirectory } from "../../../../bench/lib/run-directory.ts";
import { BenchRun, type BenchRunOptions } from "../../../../bench/lib/run-parts.ts";
import { QuietProgress } from "./quiet-progress.ts";

const ROW: BenchRow = {
  what: "a figure",
  goal: "–",
  measured: "1",
  verdict: verdictOf(true),
  spread: "one run",
  note: "",
};
const DEADLINE_MS = 50;

function part(
  name: string,
  measure: BenchPart["measure"] = () => [ROW],
  needsWorkerd = false,
): BenchPart {
  return { name, needsWorkerd, expectedSeconds: { full: 0, quick: 0 }, goals: [], measure };
}

function runOf(parts: readonly BenchPart[], options: Partial<BenchRunOptions> = {}): BenchRun {
  return new BenchRun({
    parts: parts.map((each) => ({ family: "some", part: each })),
    quick: true,
    progress: new QuietProgress(),
    whyNoWorkerd: undefined,
    minDeadlineMs: 60_000,
    ...options,
  });
}

/** What each part came to, in a word or with its reason. */
function outcomes(run: BenchRun): string[] {
  return run
    .results()
    .map(({ part: name, rows: [row] }) => `${name}: ${row?.verdict}, ${row?.note ?? ""}`);
}

it("gives a part what it asks for, and keeps its rows and tables", async () => {
  const table = { title: "all", columns: ["who"], rows: [["us"]] };
  const progress = new QuietProgress();
  const run = runOf(
    [
      part("one", ({ quick, progress: say }) => {
        say(`quick: ${quick}`);
        return { rows: [ROW], tables: [table] };
      }),
    ],
    { progress },
  );
  await run.all();
  expect(run.results()).toMatchObject([
    { family: "some", part: "one", rows: [ROW], tables: [table] },
  ]);
  expect(progress.said).toEqual(["begin some/one", "quick: true", "finish"]);
});

it("tells of a part that fails, at once or later, and measures the others", async () => {
  const run = runOf([
    part("throws", () => {
      throw new Error("no luck");
    }),
    part("rejects", () => Promise.reject(new Error("two\nlines"))),
    // oxlint-disable-next-line prefer-promise-reject-errors -- not everybody throws errors
    part("text", () => Promise.reject("just text")),
    part("works"),
  ]);
  await run.all();
  expect(outcomes(run)).toEqual([
    "throws: failed, no luck",
    "rejects: failed, two\nlines",
    "text: failed, just text",
    "works: pass, ",
  ]);
});

it("ends what a part has started, in reverse order, whether it worked, forgot or failed", async () => {
  const ended: string[] = [];
  const start = (name: string): void => onEnd(() => void ended.push(name));
  const run = runOf([
    part("forgets", async () => {
      start("first");
      await sleep(1);
      start("second");
      return [ROW];
    }),
    part("fails", () => {
      start("third");
      throw new Error("failed");
    }),
    part("looks", () => [{ ...ROW, note: ended.join() }]),
  ]);
  await run.all();
  expect(outcomes(run)[2]).toBe("looks: pass, second,first,third");
});

it("gives up a part that hangs, and lets it start nothing beside the next one", async () => {
  const late: string[] = [];
  let wake = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const hangs = async (): Promise<BenchOutcome> => {
    await over;
    try {
      makeRunDirectory("late");
    } catch (cause) {
      late.push(String(cause));
    }
    try {
      onEnd(() => void late.push("undone at once"));
    } catch (cause) {
      late.push(String(cause));
    }
    return { rows: [ROW] };
  };
  const run = runOf(
    [
      part("hangs", hangs),
      part("next", async () => {
        wake();
        await sleep(1);
        return [ROW];
      }),
    ],
    { minDeadlineMs: DEADLINE_MS },
  );
  await run.all();
  expect(outcomes(run)).toEqual(["hangs: failed, not done after 0.05 s: ended", "next: pass, "]);
  expect(late).toEqual([
    "Error: this measurement was ended",
    "undone at once",
    "Error: this measurement was ended",
  ]);
});

it("skips with the reason what needs a runtime that is not there", async () => {
  const run = runOf([part("in workerd", () => [ROW], true), part("without")], {
    whyNoWorkerd: "no workerd: run npm ci",
  });
  await run.all();
  expect(outcomes(run)).toEqual(["in workerd: skipped, no workerd: run npm ci", "without: pass, "]);
});

it("tells of each goal that was not measured, whether its part failed or was skipped", async () => {
  const goals = ["quick", "right"];
  const fails = part("fails", () => Promise.reject(new Error("no luck")));
  const run = runOf(
    [
      { ...part("skipped", () => [ROW], true), goals },
      { ...fails, goals },
    ],
    {
      whyNoWorkerd: "no workerd",
    },
  );
  await run.all();
  const told = run
    .results()
    .map(({ rows }) => rows.map(({ what, verdict, note }) => [what, verdict, note]));
  expect(told).toEqual([
    goals.map((goal) => [`some/skipped: ${goal}`, "skipped", "no workerd"]),
    goals.map((goal) => [`some/fails: ${goal}`, "failed", "no luck"]),
  ]);
  expect(run.results().map((result) => result.goals)).toEqual([goals, goals]);
});

it("takes a failure that nobody awaited for that of the part under way", async () => {
  const run: BenchRun = runOf([
    part("leaks", async () => {
      run.fail(new Error("from somewhere"));
      await new Promise(() => undefined);
      return [ROW];
    }),
    part("next"),
  ]);
  await run.all();
  expect(outcomes(run)).toEqual(["leaks: failed, from somewhere", "next: pass, "]);
  expect(run.fail(new Error("nobody's"))).toBe(false);
});

it("says what was measured before an end, and of the rest that it was not", async () => {
  const begun: string[] = [];
  const run: BenchRun = runOf([
    part("before"),
    part("during", () => {
      run.end();
      throw new Error("its server was ended");
    }),
    part("after", () => {
      begun.push("after");
      return [ROW];
    }),
  ]);
  await run.all();
  expect(begun).toEqual([]);
  const expected = [
    "before: pass, ",
    "during: skipped, the run was ended before",
    "after: skipped, the run was ended before",
  ];
  expect(outcomes(run)).toEqual(expected);
  expect(run.results()[2]?.rows[0]?.what).toBe("some/after");
});
