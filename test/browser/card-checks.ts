import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { Format } from "../../dashboard/src/i18n/format.ts";
import type { ContentFrame, WindowName } from "../../src/stream/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { expectedText } from "./expected-text.ts";
import { LONG_TARGET, ODD_OPERATION } from "./poster.ts";
import { fieldOf, isLive, readFields, type ShownField } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const WINDOWS = ["1m", "5m", "1h"] as const;
const FORMAT = new Format("en");

/** What each card has to show at least, whatever else it does: fields, and of how many. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  summary: ["score", "firing", "answered", "shards", "pillarScore"],
  latency: ["p50Ms", "p90Ms", "p95Ms", "p99Ms", "count"],
  errors: ["errorRate", "count", "error", "timeout", "rateLimited"],
  throughput: ["perMinute", "perHour", "mean6hPerMinute", "mean24hPerMinute"],
  d1: ["executions", "meanMs", "meanWaitMs", "sizeBytes"],
  cache: ["hitRate", "lookups", "hits", "misses"],
  limits: ["capacity", "available", "outstanding", "granted", "denied"],
  health: ["offered", "accepted", "merged", "pending", "duplicates"],
  series: ["p50Ms", "p90Ms", "p95Ms", "p99Ms", "maxMs", "count", "perSecond", "errorRate"],
};

export const cards: Theme = { name: "cards", checks: (stage) => new CardChecks(stage).all() };

/** Every card against what the API says at the same moment. */
class CardChecks {
  readonly #stage: Stage;
  #opened: Page | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      ...WINDOWS.map((window) => ({
        title: `every card shows the numbers of /v1/live, ${window}`,
        run: () => this.#showsNumbers(window),
      })),
      { title: "a tick changes them", run: () => this.#followsTicks() },
      { title: "every series, every target, every alert is there", run: () => this.#isComplete() },
      { title: "a bucket that is closed says until when and why", run: () => this.#tellsClosed() },
      { title: "an alert that fires says what to do", run: () => this.#tellsAlert() },
      { title: "the books are told as they are", run: () => this.#tellsLedger() },
    ];
  }

  async #showsNumbers(window: WindowName): Promise<void> {
    await this.#open();
    const choice = this.#page.locator(`#series input[type=radio][value="${window}"]`);
    await choice.check({ force: true });
    const fields = await this.#showsLive(window);
    for (const [card, names] of Object.entries(REQUIRED)) {
      const shown = new Set(fields.filter((one) => one.card === card).map(({ field }) => field));
      const missing = names.filter((name) => !shown.has(name));
      assert.deepEqual(
        missing,
        [],
        `the card ${card} does not show them; it has ${[...shown].join()}`,
      );
    }
  }

  async #followsTicks(): Promise<void> {
    const wanted = { card: "series", target: "google", operation: "collect", field: "count" };
    const before = Number(fieldOf(await readFields(this.#page), wanted));
    await this.#stage.poster.post({
      target: "google",
      operation: "collect",
      count: 77,
      medianMs: 60,
    });
    await eventually(async () => {
      assert.equal(fieldOf(await readFields(this.#page), wanted), String(before + 77));
    }, 3_000);
    await this.#showsLive("1h");
  }

  async #isComplete(): Promise<void> {
    const live = await this.#live();
    const fields = await readFields(this.#page);
    const inCard = (card: string) => fields.filter((one) => one.card === card);
    const keys = (shown: readonly ShownField[]): string[] =>
      [...new Set(shown.map(({ target, operation }) => `${target} ${operation}`))].toSorted();
    assert.deepEqual(
      keys(inCard("series")),
      live.series.map(({ target, operation }) => `${target} ${operation}`).toSorted(),
    );
    const names = keys(inCard("series")).join("\n");
    assert.ok(names.includes(ODD_OPERATION) && names.includes(LONG_TARGET), names);
    const targetsIn = (card: string): string[] =>
      [...new Set(inCard(card).flatMap(({ target }) => target ?? []))].toSorted();
    const wholes = live.series.filter(({ operation }) => operation === "*");
    assert.deepEqual(targetsIn("errors"), wholes.map(({ target }) => target).toSorted());
    assert.deepEqual(targetsIn("limits"), live.limits.map(({ target }) => target).toSorted());
    const hidden = this.#page.locator("#alerts .alert-list + button.more[aria-expanded=false]");
    if ((await hidden.count()) > 0) await hidden.first().click();
    const alerts = await this.#page
      .locator("#alerts [data-alert]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-alert")));
    assert.deepEqual(new Set(alerts), new Set((live.alerts ?? []).map(({ id }) => id)));
  }

  async #tellsClosed(): Promise<void> {
    const { limits } = await this.#live();
    const tiktok = limits.find(({ target }) => target === "tiktok");
    assert.ok(tiktok?.blockedUntil);
    const text = (
      await this.#page.locator('#limits [data-target="tiktok"]').allTextContents()
    ).join();
    assert.ok(text.includes(FORMAT.clock(tiktok.blockedUntil, Date.now())), text);
    assert.match(text, /429|closed/i);
  }

  async #tellsAlert(): Promise<void> {
    const { alerts = [] } = await this.#live();
    const [alert] = alerts.filter(({ rule }) => rule === "consecutive-errors");
    assert.ok(alert, "nothing fires");
    const text =
      (await this.#page.locator(`#alerts [data-alert="${alert.id}"]`).textContent()) ?? "";
    for (const part of [alert.severity, alert.rule, alert.target, alert.action]) {
      assert.ok(text.includes(part), `${part} is not in: ${text}`);
    }
  }

  async #tellsLedger(): Promise<void> {
    const text = (await this.#page.locator("#health").textContent()) ?? "";
    assert.match(text, /balanced/i);
    assert.doesNotMatch(text, /not balanced/i);
    const { ledger } = await this.#live();
    assert.equal(ledger.merged, this.#stage.poster.sent);
  }

  async #open(): Promise<void> {
    if (this.#opened !== undefined) return;
    await this.#stage.poster.board();
    const { page } = await this.#stage.open("cards", { token: TOKENS.read });
    this.#opened = page;
    await eventually(async () => assert.equal(await isLive(page), true));
  }

  /** Passes once the page shows what `/v1/live` holds at that moment, everywhere. */
  async #showsLive(chosen: WindowName): Promise<ShownField[]> {
    return eventually(async () => {
      const live = await this.#live();
      const fields = await readFields(this.#page);
      const expected = fields.map((shown) => ({
        ...shown,
        text: expectedText(live, shown, chosen, FORMAT) ?? "no such number",
      }));
      const wrong = fields.flatMap((shown, index) =>
        shown.text === expected[index]?.text ? [] : [{ ...shown, expected: expected[index]?.text }],
      );
      assert.deepEqual(wrong, []);
      return fields;
    }, 15_000);
  }

  #live(): Promise<ContentFrame> {
    return this.#stage.api.get<ContentFrame>("/v1/live");
  }

  get #page(): Page {
    assert.ok(this.#opened, "no page is open");
    return this.#opened;
  }
}
