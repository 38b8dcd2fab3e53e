import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { Format } from "../../dashboard/src/i18n/format.ts";
import { historyRange, type RangeName } from "../../dashboard/src/range.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const RANGES = ["1h", "24h", "7d", "90d"] as const;
const SERIES = { target: "meta", operation: "events" };
const FORMAT = new Format("en");

/** What the errors table shows of a target, in this order, before the grade. */
const ERROR_COLUMNS = ["errorRate", "count", "good", "error", "timeout", "rateLimited"] as const;

type Counts = Readonly<Record<"count" | "error" | "timeout" | "rateLimited", number>>;

export const history: Theme = {
  name: "history",
  checks: (stage) => {
    const checks = new HistoryChecks(stage);
    return RANGES.flatMap((range): Check[] => [
      {
        title: `the latency of ${range} is that of /v1/history as one`,
        run: () => checks.showsLatency(range),
      },
      {
        title: `the errors of ${range} are those of /v1/totals`,
        run: () => checks.showsErrors(range),
      },
    ]);
  },
};

class HistoryChecks {
  readonly #stage: Stage;
  #opened: Page | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async showsLatency(range: RangeName): Promise<void> {
    const page = await this.#open(range);
    const query = new URLSearchParams(SERIES);
    const title =
      range === "1h" ? /last hour/ : new RegExp(`last ${range.replace(/(?=[hd])/, " ")}`);
    await eventually(async () => {
      assert.match((await page.locator("#latency").innerText()) ?? "", title);
      const [point] = await this.#pointsOf("/v1/history", range, query);
      const shown = await page
        .locator("#latency [data-total]")
        .evaluateAll((all) =>
          all.map((one) => [one.getAttribute("data-total") ?? "", one.textContent] as const),
        );
      const names = shown.map(([name]) => name);
      for (const name of ["count", "p50Ms", "p90Ms", "p95Ms", "p99Ms"])
        assert.ok(names.includes(name), name);
      const expected = names.map((name) => {
        const value = Number(point?.[name]);
        return [name, name.endsWith("Ms") ? FORMAT.ms(value) : FORMAT.count(value)];
      });
      assert.deepEqual(shown, expected);
    }, 20_000);
  }

  async showsErrors(range: RangeName): Promise<void> {
    const page = await this.#open(range);
    await eventually(async () => {
      const points = await this.#pointsOf("/v1/totals", range, new URLSearchParams());
      const rows = await page
        .locator("#errors tbody tr[data-target]")
        .evaluateAll((all) =>
          all.map((row) => [
            row.getAttribute("data-target"),
            ...[...row.querySelectorAll("td.number")].map((cell) => cell.textContent),
          ]),
        );
      const expected = points
        .filter(({ kind }) => kind !== "probe")
        .map((point) => [
          point["target"],
          ...errorCells(point as Record<string, unknown> & Counts),
        ]);
      assert.deepEqual(sorted(rows), sorted(expected));
      assert.ok(rows.length >= 8, `${rows.length} targets`);
    }, 20_000);
  }

  /** The range as one point, a target each. */
  async #pointsOf(path: string, range: RangeName, query: URLSearchParams) {
    const { from, to } = historyRange(range, Date.now());
    for (const [key, value] of Object.entries({ from, to })) query.set(key, String(value));
    query.set("step", "all");
    const answer = await this.#stage.api.get<{ points: Record<string, unknown>[] }>(
      `${path}?${query.toString()}`,
    );
    return answer.points;
  }

  async #open(range: RangeName): Promise<Page> {
    const page = this.#opened ?? (await this.#openFirst());
    this.#opened = page;
    await page.locator(`input[name=range][value="${range}"]`).check({ force: true });
    return page;
  }

  async #openFirst(): Promise<Page> {
    await this.#stage.poster.board();
    const { page } = await this.#stage.open("history", {
      token: TOKENS.read,
      path: `/?${new URLSearchParams(SERIES).toString()}`,
    });
    await eventually(async () => assert.equal(await isLive(page), true));
    return page;
  }
}

function errorCells({ count, error, timeout, rateLimited }: Counts): string[] {
  const failed = error + timeout;
  const values = {
    errorRate: count === 0 ? 0 : failed / count,
    good: count - failed - rateLimited,
    count,
    error,
    timeout,
    rateLimited,
  };
  return ERROR_COLUMNS.map((name) =>
    name === "errorRate" ? FORMAT.percent(values[name]) : FORMAT.count(values[name]),
  );
}

function sorted(rows: readonly unknown[][]): string[] {
  return rows.map((row) => row.join(" | ")).toSorted();
}
