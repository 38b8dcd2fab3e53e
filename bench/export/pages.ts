import { gzipSync } from "node:zlib";
import {
  EXPOSITION_FORMATS,
  exposition,
  type ExpositionName,
} from "../../src/export/exposition.ts";
import type { BenchContext } from "../lib/bench-context.ts";
import { type BenchRow, verdictOf } from "../lib/bench-row.ts";
import { cpuMs as cpuMsOf } from "../lib/cpu-ms.ts";
import { figure, spread } from "../lib/format.ts";
import { median } from "../lib/statistics.ts";
import { SERIES, TickWorld, TIMINGS_PER_SERIES } from "../lib/tick-world.ts";

const SHARDS = 20;
/** So that each series has 20,000 timings. */
const TICKS = 20_000 / TIMINGS_PER_SERIES;
const GOAL_MS = 20;
const KIB = 1_024;

interface PageCost {
  readonly cpuMs: number;
  readonly sizeBytes: number;
  readonly longestMs: number;
}

/** A page of 100 series with 20,000 timings each, in each format. */
export async function measurePages({ quick, progress }: BenchContext): Promise<BenchRow[]> {
  const repetitions = quick ? 15 : 60;
  const world = new TickWorld({ shards: SHARDS });
  progress(`pages: ${TICKS} ticks of ${SHARDS * SERIES} series`);
  for (let i = 0; i < TICKS; i++) await world.tick();
  const first = await costOf(world, "text");
  const rows: BenchRow[] = [];
  for (const { name, contentType } of EXPOSITION_FORMATS) {
    if (name === "openMetricsDraft") continue;
    progress(`pages: ${name}`);
    const costs: PageCost[] = [];
    for (let i = 0; i < repetitions; i++) costs.push(await costOf(world, name));
    rows.push(rowOf(contentType, costs, await gzipNote(world, name)));
  }
  return [...rows, firstRow(first)];
}

/** CPU of the process, garbage collection included, from the question to the last byte. */
async function costOf(world: TickWorld, format: ExpositionName): Promise<PageCost> {
  const before = process.cpuUsage();
  let sizeBytes = 0;
  let longestMs = 0;
  let startedAt = performance.now();
  for (const chunk of exposition(await world.metrics(), format)) {
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    sizeBytes += chunk.byteLength;
    startedAt = performance.now();
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000, sizeBytes, longestMs };
}

/** What compressing costs beside: the runtime does it, and not everybody asks for it. */
async function gzipNote(world: TickWorld, format: ExpositionName): Promise<string> {
  const page = Buffer.concat([...exposition(await world.metrics(), format)]);
  const sizes: number[] = [];
  const cpuMs = Array.from({ length: 7 }, () =>
    cpuMsOf(() => sizes.push(gzipSync(page).byteLength)),
  );
  return `gzip: ${figure(median(cpuMs))} ms more, ${figure(median(sizes) / KIB)} KiB`;
}

function rowOf(contentType: string, costs: readonly PageCost[], gzip: string): BenchRow {
  const cpuMs = costs.map((cost) => cost.cpuMs);
  const sizeKib = (costs[0]?.sizeBytes ?? Number.NaN) / KIB;
  const longestMs = costs.map((cost) => cost.longestMs);
  return {
    what: `/metrics, ${SHARDS * SERIES} series with 20,000 timings each, as ${contentType.split(";")[0]}`,
    goal: `≤ ${GOAL_MS} ms of CPU`,
    measured: `${figure(median(cpuMs))} ms`,
    verdict: verdictOf(median(cpuMs) <= GOAL_MS),
    spread: spread(cpuMs),
    note: `${figure(sizeKib)} KiB; ${gzip}; what else waits for a chunk waits ${figure(median(longestMs))} ms (longest of a page)`,
    data: { cpuMs, longestMs, sizeKib },
  };
}

function firstRow({ cpuMs }: PageCost): BenchRow {
  return {
    what: "The first such page since the coordinator woke: totals are read from storage",
    goal: "–",
    measured: `${figure(cpuMs)} ms`,
    verdict: "info",
    spread: "one run",
    note: "the code is not compiled yet, either",
    data: { cpuMs },
  };
}
