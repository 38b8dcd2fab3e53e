import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { bestOf, type Check, eventually } from "./checks.ts";
import {
  alertFrame,
  alertOf,
  EPOCH,
  hello,
  limitOf,
  seriesOf,
  snapshot,
  tick,
} from "./fake-frames.ts";
import { type FakedSocket, FakedStream } from "./faked-stream.ts";
import { fieldOf, isLive, readFields } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";
import type { WatchedPage } from "./watched-page.ts";

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const RIGHT_TO_LEFT = "\u202Eevil\u2066שלום\u200F";
const LONGEST = "m".repeat(64);
const HOUR_MS = 3_600_000;

export const fakedStream: Theme = {
  name: "faked-stream",
  checks: (stage) => new FakedStreamChecks(stage).all(),
};

/** The page on a stream that says what no sound server would; each check goes on with the page. */
class FakedStreamChecks {
  readonly #stage: Stage;
  #stream = new FakedStream();
  #watched: WatchedPage | undefined;
  /** The number of the newest connection, and of the newest frame on it. */
  #connection = 0;
  #seq = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      { title: "hostile names and texts are shown as text", run: () => this.#showsText() },
      { title: "a stream that stalls without closing", run: () => this.#noticesStall() },
      { title: "a lost connection resumes where it was", run: () => this.#resumes() },
      { title: "a missing tick begins again", run: () => this.#beginsAgain() },
      { title: "frames that are garbage", run: () => this.#survivesGarbage() },
      { title: "series and limits that are gone", run: () => this.#forgets() },
      {
        title: "a ledger that does not balance, a shard that is missing",
        run: () => this.#warns(),
      },
      { title: "alerts appear, change and end", run: () => this.#showsAlerts() },
      { title: "500 alerts", run: () => this.#showsManyAlerts() },
      {
        title: "500 targets in under 2 s, and every tick of them",
        run: () => bestOf(3, () => this.#showsMany()),
      },
      { title: "the server's clock two hours ahead", run: () => this.#isOff(2 * HOUR_MS) },
      { title: "the server's clock two hours behind", run: () => this.#isOff(-2 * HOUR_MS) },
      { title: "the device's clock two hours off", run: () => this.#asksByServerTime() },
      { title: "the server's clock steps back and forth", run: () => this.#steps() },
    ];
  }

  async #showsText(): Promise<void> {
    await this.#open("faked stream");
    const socket = await this.#socket();
    const series = [HOSTILE, RIGHT_TO_LEFT, LONGEST].flatMap((name) => [
      seriesOf(name, "*"),
      seriesOf(name, name),
    ]);
    const limits = [{ ...limitOf(HOSTILE), blockedReason: HOSTILE }, limitOf(LONGEST)];
    const alerts = [alertOf("a", { summary: HOSTILE, action: HOSTILE, acknowledgedBy: HOSTILE })];
    const coverage = { shards: 2, answered: 1, missing: [HOSTILE] };
    socket.send(hello(0), snapshot(1, { series, limits, alerts, coverage, tenant: HOSTILE }));
    this.#seq = 1;
    await this.#row(HOSTILE, "*").waitFor({ timeout: 5_000 });
    for (const name of [HOSTILE, RIGHT_TO_LEFT, LONGEST]) {
      for (const operation of ["*", name]) {
        const text = (await this.#row(name, operation).textContent()) ?? "";
        assert.ok(text.includes(name), text);
      }
    }
    const planted = this.#page.locator("#live img, #live script, #live iframe");
    assert.deepEqual(await planted.evaluateAll((all) => all.map((one) => one.outerHTML)), []);
    for (const card of ["limits", "alerts"]) {
      const text = (await this.#page.locator(`#${card}`).textContent()) ?? "";
      assert.ok(text.includes(HOSTILE), `${card}: ${text}`);
    }
    assert.match(await this.#page.title(), /Tachograph/);
    await this.#stage.screenshot(this.#page, "hostile-names", true);
    assert.equal(await overhang(this.#page), 0, "wider than the screen");
  }

  async #noticesStall(): Promise<void> {
    const socket = await this.#socket();
    const startedAt = performance.now();
    socket.send(tick((this.#seq += 1)));
    await this.#becomesLive(1_000);
    await eventually(async () => assert.equal(await isLive(this.#page), false), 4_000);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 3_000, `it took ${Math.round(tookMs)} ms`);
    const text = (await this.#page.locator("#freshness").textContent()) ?? "";
    assert.match(text, /not live/i);
    assert.match(await this.#page.title(), /not live/i);
    await this.#stage.screenshot(this.#page, "not-live-light");
    // It comes to life on the same connection, or on a new one later.
    socket.send(tick((this.#seq += 1)));
    await this.#becomesLive(1_000);
    await this.#nextSocket(15_000);
  }

  async #resumes(): Promise<void> {
    const socket = await this.#socket();
    assert.equal(socket.resume, `${EPOCH}:${this.#seq}`);
    socket.send(
      hello(this.#seq, true),
      tick((this.#seq += 1), { series: [seriesOf("meta", "*")] }),
    );
    await this.#row("meta", "*").waitFor({ timeout: 2_000 });
    assert.equal(await this.#row(HOSTILE, "*").count(), 1);
    await socket.close(1012);
    const next = await this.#nextSocket();
    assert.equal(next.resume, `${EPOCH}:${this.#seq}`);
  }

  async #beginsAgain(): Promise<void> {
    const socket = await this.#socket();
    socket.send(hello(this.#seq, true));
    socket.send(tick((this.#seq += 2), { series: [seriesOf("google", "*")] }));
    const next = await this.#nextSocket();
    assert.equal(next.resume, null);
    await this.#begin([seriesOf("reddit", "*")]);
    assert.deepEqual(await this.#targets(), ["reddit"]);
  }

  /** What cannot be read is as good as a frame that is missing: the page begins again. */
  async #survivesGarbage(): Promise<void> {
    const garbage = [
      "",
      "{",
      "null",
      "[]",
      "17",
      '"tick"',
      '{"type":"tick"}',
      '{"type":"snapshot","epoch":"x","seq":1}',
      '{"type":"a-newer-kind","epoch":"x","seq":1}',
      JSON.stringify({ ...tick(this.#seq + 1), series: null }),
      JSON.stringify({ ...tick(this.#seq + 1), series: [null], coverage: 7 }),
      `{"type":"tick","x":"${"y".repeat(1_000_000)}"}`,
    ];
    for (const text of garbage) {
      const named = text.slice(0, 60);
      (await this.#socket()).sendText(text);
      // Either it is left out, or the page starts again; the board stays what it was.
      await eventually(async () => {
        const salt = this.#seq;
        const series = [seriesOf("reddit", "*", salt)];
        if (this.#stream.count > this.#connection + 1) {
          await this.#nextSocket();
          await this.#begin(series);
        } else {
          (await this.#socket()).send(tick((this.#seq += 1), { series }));
        }
        await eventually(async () => {
          assert.equal(await isLive(this.#page), true, named);
          assert.deepEqual(await this.#targets(), ["reddit"], named);
          assert.equal(await this.#count("reddit"), String(300 + (salt % 97)), named);
        }, 400);
      });
    }
  }

  async #forgets(): Promise<void> {
    const socket = await this.#socket();
    const series = ["meta", "google"].map((target) => seriesOf(target, "*"));
    const limits = ["meta", "google"].map((target) => limitOf(target));
    socket.send(snapshot((this.#seq += 1), { series, limits }));
    await this.#row("meta", "*").waitFor({ timeout: 2_000 });
    const gone = { series: [{ target: "meta", operation: "*" }], limits: ["meta"] };
    socket.send(tick((this.#seq += 1), { gone }));
    await eventually(async () => {
      assert.deepEqual(await this.#targets(), ["google"]);
      const fields = await readFields(this.#page);
      const inLimits = fields.filter(({ card, target }) => card === "limits" && target !== null);
      assert.deepEqual([...new Set(inLimits.map(({ target }) => target))], ["google"]);
    });
  }

  async #warns(): Promise<void> {
    const faulty = tick((this.#seq += 1));
    const coverage = { shards: 3, answered: 2, missing: ["meta#1"] };
    const ledger = { ...faulty.ledger, merged: 0, isBalanced: false };
    const socket = await this.#socket();
    socket.send({ ...faulty, coverage, ledger, score: null, status: "UNKNOWN" });
    await eventually(async () => {
      const health = (await this.#page.locator("#health").textContent()) ?? "";
      assert.match(health, /not balanced/i);
      assert.ok(
        (await this.#page.locator("#live, .bar").allTextContents()).join().includes("meta#1"),
      );
      assert.equal(await this.#page.locator("#status").textContent(), "UNKNOWN");
      assert.equal(fieldOf(await readFields(this.#page), { field: "score", card: "summary" }), "–");
    });
  }

  async #showsAlerts(): Promise<void> {
    const socket = await this.#socket();
    const alerts = [alertOf("a", { summary: HOSTILE })];
    socket.send(snapshot((this.#seq += 1), { series: [seriesOf("meta", "*")], alerts }));
    await this.#alert("a").first().waitFor({ timeout: 2_000 });
    assert.equal(await this.#page.locator("#alerts img, #alerts script").count(), 0);
    const worse = alertOf("b", {
      severity: "CRITICAL",
      // Of a rule that the page knows it makes a sentence of its own.
      rule: "no-such-rule",
      summary: "meta fails altogether",
    });
    socket.send(alertFrame((this.#seq += 1), worse), tick((this.#seq += 1)));
    await eventually(async () => {
      const [first] = await this.#page.locator("#alerts [data-alert]").all();
      assert.equal(await first?.getAttribute("data-alert"), "b");
      assert.match((await this.#alert("b").first().textContent()) ?? "", /CRITICAL/);
      assert.match((await this.#alert("b").first().textContent()) ?? "", /meta fails altogether/);
      assert.equal(fieldOf(await readFields(this.#page), { field: "firing" }), "2");
    });
    const acknowledged = { ...worse, acknowledgedBy: "ana", acknowledgedAt: Date.now() };
    socket.send(alertFrame((this.#seq += 1), acknowledged), tick((this.#seq += 1)));
    await eventually(async () => {
      assert.match((await this.#alert("b").first().textContent()) ?? "", /ana/);
    });
    for (const id of ["a", "b"]) {
      const ended = alertOf(id, { state: "resolved", resolvedAt: Date.now() });
      socket.send(alertFrame((this.#seq += 1), ended));
    }
    socket.send(tick((this.#seq += 1)));
    await eventually(async () => {
      const open = this.#page.locator('#alerts [data-alert][data-state="firing"]');
      assert.equal(await open.count(), 0);
      assert.equal(fieldOf(await readFields(this.#page), { field: "firing" }), "0");
      assert.equal(await isLive(this.#page), true);
    });
  }

  async #showsManyAlerts(): Promise<void> {
    const alerts = Array.from({ length: 500 }, (_, index) =>
      alertOf(`many-${index}`, { severity: index === 250 ? "CRITICAL" : "LOW", rule: "slow" }),
    );
    const socket = await this.#socket();
    const startedAt = performance.now();
    socket.send(snapshot((this.#seq += 1), { series: [seriesOf("meta", "*")], alerts }));
    await this.#alert("many-250").first().waitFor({ timeout: 5_000 });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 2_000, `it took ${Math.round(tookMs)} ms`);
    await eventually(async () => {
      assert.equal(fieldOf(await readFields(this.#page), { field: "firing" }), "500");
    });
    socket.send(snapshot((this.#seq += 1), { series: [seriesOf("meta", "*")] }));
    await eventually(async () => {
      assert.equal(fieldOf(await readFields(this.#page), { field: "firing" }), "0");
    });
  }

  async #showsMany(): Promise<void> {
    const of = (salt: number) =>
      Array.from({ length: 500 }, (_, index) =>
        seriesOf(`target-${String(index).padStart(3, "0")}`, "*", salt + index),
      );
    const limits = of(0).map(({ target }) => limitOf(target));
    const socket = await this.#socket();
    socket.send(snapshot((this.#seq += 1), { series: [seriesOf("meta", "*")] }));
    await eventually(async () => assert.deepEqual(await this.#targets(), ["meta"]));
    const startedAt = performance.now();
    socket.send(snapshot((this.#seq += 1), { series: of(0), limits }));
    await this.#row("target-000", "*").waitFor({ timeout: 5_000 });
    const more = this.#page.locator("#series button.more");
    // Another try finds all of them shown already.
    if ((await more.getAttribute("aria-expanded")) === "false") await more.click();
    await this.#row("target-499", "*").waitFor({ timeout: 5_000 });
    const tookMs = performance.now() - startedAt;
    const tickedAt = performance.now();
    for (let round = 1; round <= 10; round += 1) {
      socket.send(tick((this.#seq += 1), { series: of(round) }));
      await eventually(async () => {
        assert.equal(await this.#count("target-000"), String(300 + round));
      }, 2_000);
    }
    const tickMs = (performance.now() - tickedAt) / 10;
    console.log(
      `        500 targets: shown in ${Math.round(tookMs)} ms, a tick of all in ${Math.round(tickMs)} ms`,
    );
    assert.ok(tookMs < 2_000, `it took ${Math.round(tookMs)} ms`);
    assert.ok(tickMs < 1_000, `a tick took ${Math.round(tickMs)} ms`);
    assert.equal(await overhang(this.#page), 0);
  }

  /** Which of the two clocks is wrong cannot be told: it is the difference that counts. */
  async #isOff(offMs: number): Promise<void> {
    await this.#open(`clock ${offMs / HOUR_MS} h off`);
    const socket = await this.#socket();
    const at = (): number => Date.now() + offMs;
    socket.send(hello(0), snapshot(1, { series: [seriesOf("meta", "*")], at: at() }));
    this.#seq = 1;
    for (let round = 0; round < 4; round += 1) {
      socket.send(tick((this.#seq += 1), { at: at(), series: [seriesOf("meta", "*", round)] }));
      await eventually(async () => {
        assert.equal(await this.#count("meta"), String(300 + round));
      });
    }
    assert.equal(await isLive(this.#page), true);
    // The age of the numbers is by a steady clock, and the difference is told.
    const text = (await this.#page.locator("#freshness").textContent()) ?? "";
    assert.doesNotMatch(text, /-\d|7,?\d{3} s|\b2 h\b|120 min/, text);
    const told = (await this.#page.locator("body").textContent()) ?? "";
    assert.match(told, /clock/i);
    assert.match(told, /\b2 h\b|120 min/);
  }

  /** Here the server is real: what is asked of history is told by its clock. */
  async #asksByServerTime(): Promise<void> {
    await this.#stage.poster.board();
    for (const offMs of [2 * HOUR_MS, -2 * HOUR_MS]) {
      const { page } = await this.#stage.open(`device ${offMs / HOUR_MS} h off`, {
        token: TOKENS.read,
        path: "/?range=1h&target=google",
        before: async (opened) => {
          await opened.addInitScript(shiftClock, offMs);
        },
      });
      const count = page.locator('#latency [data-total="count"]');
      await eventually(async () => {
        const live = await this.#stage.api.live();
        const google = live.series.find((one) => one.target === "google" && one.operation === "*");
        assert.equal(await count.textContent(), google?.windows["1h"].count.toLocaleString("en"));
        const told = offMs > 0 ? /2 h ahead|120 min ahead/ : /2 h behind|120 min behind/;
        assert.match(await page.locator(".notices").innerText(), told);
      });
      await page.close();
    }
  }

  async #steps(): Promise<void> {
    const socket = await this.#socket();
    for (const [round, stepMs] of [0, 500, -3_600_000, -3_599_500, 60_000, 60_500].entries()) {
      const at = Date.now() + stepMs;
      socket.send(tick((this.#seq += 1), { at, series: [seriesOf("meta", "*", 10 + round)] }));
      await eventually(async () => {
        assert.equal(await this.#count("meta"), String(310 + round));
      });
    }
    assert.equal(await isLive(this.#page), true);
  }

  async #open(name: string): Promise<void> {
    await this.#watched?.page.close();
    this.#stream = new FakedStream();
    this.#connection = 0;
    this.#watched = await this.#stage.open(name, {
      token: TOKENS.read,
      before: (page) => this.#stream.take(page),
    });
    // The targets of a faked stream have no history.
    this.#watched.expected.push(/status of 40[04].*\/v1\//);
  }

  /** Makes a new connection live, with these series. */
  async #begin(series: ReturnType<typeof seriesOf>[]): Promise<void> {
    const socket = await this.#socket();
    socket.send(hello(this.#seq), snapshot((this.#seq += 1), { series }), tick((this.#seq += 1)));
    const [first] = series;
    if (first !== undefined) await this.#row(first.target, "*").waitFor({ timeout: 2_000 });
    await this.#becomesLive(2_000);
  }

  get #page(): Page {
    assert.ok(this.#watched, "no page is open");
    return this.#watched.page;
  }

  #socket(): Promise<FakedSocket> {
    return this.#stream.socket(this.#connection);
  }

  async #nextSocket(timeoutMs?: number): Promise<FakedSocket> {
    const socket = await this.#stream.socket(this.#connection + 1, timeoutMs);
    this.#connection += 1;
    return socket;
  }

  async #becomesLive(timeoutMs: number): Promise<void> {
    await eventually(async () => assert.equal(await isLive(this.#page), true), timeoutMs);
  }

  #row(target: string, operation: string) {
    const quoted = (text: string): string => JSON.stringify(text);
    const row = `[data-target=${quoted(target)}][data-operation=${quoted(operation)}]`;
    return this.#page.locator(`#series tr${row}`);
  }

  #alert(id: string) {
    return this.#page.locator(`#alerts [data-alert="${id}"]`);
  }

  async #targets(): Promise<string[]> {
    const fields = await readFields(this.#page);
    const targets = fields.flatMap(({ card, target }) => (card === "series" ? (target ?? []) : []));
    return [...new Set(targets)];
  }

  async #count(target: string): Promise<string> {
    // Not by reading every field: of 500 targets that takes longer than the page to show them.
    const texts = await this.#row(target, "*").locator('[data-field="count"]').allTextContents();
    return texts.join();
  }
}

/** Runs in the page before anything else does: its clock is off. */
function shiftClock(offMs: number): void {
  const RealDate = Date;
  class OffDate extends RealDate {
    constructor(...parts: [] | [string | number | Date]) {
      const [part] = parts;
      super(part ?? RealDate.now() + offMs);
    }
    static override now(): number {
      return RealDate.now() + offMs;
    }
  }
  Reflect.set(window, "Date", OffDate);
}

/** How many pixels the page is wider than the screen. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}
