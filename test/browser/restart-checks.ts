import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { Format } from "../../dashboard/src/i18n/format.ts";
import { historyRange } from "../../dashboard/src/range.ts";
import type { ContentFrame } from "../../src/stream/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { expectedText } from "./expected-text.ts";
import { isLive, readFields } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";
import type { WatchedPage } from "./watched-page.ts";

const MINUTE_MS = 60_000;
/** How long it may take until a minute in which the page heard nothing is there from history. */
const STORED_MS = 45_000;
/** Whose latency is shown. */
const TARGET = "meta";

export const restart: Theme = {
  name: "restart",
  checks: (stage) => new RestartChecks(stage).all(),
};

/** The server is killed under an open page, and comes back. */
class RestartChecks {
  readonly #stage: Stage;
  #watched: WatchedPage | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      { title: "killed: the page says so within 3 s", run: () => this.#noticesKill() },
      { title: "started again: live without a reload", run: () => this.#comesBack() },
      { title: "no number is lost", run: () => this.#showsLive() },
      { title: "no point of a chart is missing or double", run: () => this.#keepsPoints() },
      { title: "a reload keeps token and view", run: () => this.#survivesReload() },
    ];
  }

  async #noticesKill(): Promise<void> {
    await this.#stage.poster.board();
    this.#watched = await this.#stage.open("restart", {
      token: TOKENS.read,
      path: "/?window=1h&target=meta",
    });
    // Whatever is asked while nobody is there.
    this.#watched.expected.push(/net::ERR_/, /WebSocket connection to .* failed/);
    await eventually(async () => assert.equal(await isLive(this.#page), true));
    await this.#page.evaluate(() => Reflect.set(window, "wasNotReloaded", true));
    await this.#post();
    const killedAt = performance.now();
    await this.#stage.system.kill();
    await eventually(async () => assert.equal(await isLive(this.#page), false), 5_000);
    const tookMs = performance.now() - killedAt;
    console.log(`        not live after ${Math.round(tookMs)} ms`);
    assert.ok(tookMs < 3_000, `it took ${Math.round(tookMs)} ms`);
    const told = ["#freshness", "#announcement"].map((id) => this.#page.locator(id).textContent());
    for (const text of await Promise.all(told)) assert.match(text ?? "", /^not live since/);
    assert.equal(await this.#page.title(), "not live · Tachograph");
  }

  async #comesBack(): Promise<void> {
    await this.#stage.system.boot();
    const readyAt = performance.now();
    await eventually(async () => assert.equal(await isLive(this.#page), true), 10_000);
    console.log(`        live ${Math.round(performance.now() - readyAt)} ms after it was ready`);
    assert.equal(await this.#page.evaluate(() => Reflect.get(window, "wasNotReloaded")), true);
  }

  async #showsLive(): Promise<void> {
    const format = new Format("en");
    await eventually(async () => {
      const live = await this.#stage.api.get<ContentFrame>("/v1/live");
      const fields = await readFields(this.#page);
      const wrong = fields.filter(
        (shown) => shown.text !== expectedText(live, shown, "1h", format),
      );
      assert.deepEqual(wrong, []);
      assert.equal(live.ledger.merged, this.#stage.poster.sent);
    });
  }

  /** As the tables behind the charts tell them, against the minutes that have timings. */
  async #keepsPoints(): Promise<void> {
    await this.#post();
    for (const range of ["live", "1h"]) {
      await this.#page.locator(`input[name=range][value="${range}"]`).check({ force: true });
      await eventually(async () => {
        const charts = await chartTimes(this.#page);
        for (const { card, times } of charts) {
          for (const [index, at] of times.entries()) {
            const before = times[index - 1] ?? -Infinity;
            assert.ok(at > before, `${range} of ${card}: ${at} after ${before}`);
          }
        }
        const latency = charts.find(({ card }) => card === "latency");
        assert.ok(latency, "the latency card has no table");
        for (const minute of await this.#minutes()) {
          const within = latency.times.filter((at) => at >= minute && at < minute + MINUTE_MS);
          const told = `${range}: ${within.length} points in ${new Date(minute).toISOString()}`;
          assert.ok(range === "1h" ? within.length === 1 : within.length > 0, told);
        }
      }, STORED_MS);
    }
  }

  /** When the minutes began that have timings of the target whose latency is shown. */
  async #minutes(): Promise<number[]> {
    const { from, to } = historyRange("live", Date.now());
    const query = `target=${TARGET}&operation=*&from=${from}&to=${to}&step=1m`;
    const { points } = await this.#stage.api.get<{ points: { at: number }[] }>(
      `/v1/history?${query}`,
    );
    assert.ok(points.length > 0, "no minute has timings");
    return points.map(({ at }) => at);
  }

  async #post(): Promise<void> {
    const calls = { target: TARGET, operation: "events", medianMs: 200 };
    await this.#stage.poster.post({ ...calls, count: 30 });
  }

  async #survivesReload(): Promise<void> {
    await this.#page.reload();
    await eventually(async () => assert.equal(await isLive(this.#page), true));
    const { searchParams } = new URL(this.#page.url());
    assert.deepEqual(Object.fromEntries(searchParams), {
      range: "1h",
      target: TARGET,
      window: "1h",
    });
    const checked = this.#page.locator('input[name=range][value="1h"]');
    assert.equal(await checked.isChecked(), true);
  }

  get #page(): Page {
    assert.ok(this.#watched, "no page is open");
    return this.#watched.page;
  }
}

/** The points in time of every chart, as they stand in the table that is its other form. */
async function chartTimes(page: Page): Promise<{ card: string; times: number[] }[]> {
  const closed = page.getByRole("button", { name: /show as (a )?table/i });
  while ((await closed.count()) > 0) await closed.first().click({ timeout: 5_000 });
  return page.evaluate(() => {
    const tables = [...document.querySelectorAll("table")].filter((table) =>
      table.querySelector("tr[data-at]"),
    );
    return tables.map((table) => ({
      card: table.closest("section[id]")?.id ?? "",
      times: [...table.querySelectorAll("tr[data-at]")]
        .map((row) => Number(row.getAttribute("data-at")))
        // The newest may stand first.
        .toSorted((left, right) => left - right),
    }));
  });
}
