import assert from "node:assert/strict";
import type { CDPSession, Page } from "playwright-core";
import type { SeriesView } from "../../src/stream/stream-frame.ts";
import { bestOf, type Check, eventually } from "./checks.ts";
import { cpuMs } from "./cpu-ms.ts";
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
import { FakedPage } from "./faked-page.ts";
import { overhang } from "./overhang.ts";
import { fieldOf, isLive, readFields } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const RIGHT_TO_LEFT = "\u202Eevil\u2066שלום\u200F";
const LONGEST = "m".repeat(64);

export const fakedStream: Theme = {
  name: "faked-stream",
  checks: (stage) => new FakedStreamChecks(stage).all(),
};

/** The page on a stream that says what no sound server would; each check goes on with the page. */
class FakedStreamChecks {
  readonly #stage: Stage;
  #opened: FakedPage | undefined;

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
        run: () => bestOf(3, () => showsMany(this.#stage)),
      },
      { title: "a card that breaks leaves the others alone", run: () => breaksAlone(this.#stage) },
    ];
  }

  async #showsText(): Promise<void> {
    this.#opened = await FakedPage.open(this.#stage, "faked stream");
    const socket = await this.#faked.socket();
    const series = [HOSTILE, RIGHT_TO_LEFT, LONGEST].flatMap((name) => [
      seriesOf(name, "*"),
      seriesOf(name, name),
    ]);
    const limits = [{ ...limitOf(HOSTILE), blockedReason: HOSTILE }, limitOf(LONGEST)];
    const alerts = [alertOf("a", { summary: HOSTILE, action: HOSTILE, acknowledgedBy: HOSTILE })];
    const coverage = { shards: 2, answered: 1, missing: [HOSTILE] };
    socket.send(hello(0), snapshot(1, { series, limits, alerts, coverage, tenant: HOSTILE }));
    this.#faked.next();
    await this.#faked.row(HOSTILE, "*").waitFor({ timeout: 5_000 });
    for (const name of [HOSTILE, RIGHT_TO_LEFT, LONGEST]) {
      for (const operation of ["*", name]) {
        const text = (await this.#faked.row(name, operation).textContent()) ?? "";
        assert.ok(text.includes(name), text);
      }
    }
    const planted = this.#faked.page.locator("#live img, #live script, #live iframe");
    assert.deepEqual(await planted.evaluateAll((all) => all.map((one) => one.outerHTML)), []);
    for (const card of ["limits", "alerts"]) {
      const text = (await this.#faked.page.locator(`#${card}`).textContent()) ?? "";
      assert.ok(text.includes(HOSTILE), `${card}: ${text}`);
    }
    assert.match(await this.#faked.page.title(), /Tachograph/);
    await this.#stage.screenshot(this.#faked.page, "hostile-names", true);
    assert.equal(await overhang(this.#faked.page), 0, "wider than the screen");
  }

  async #noticesStall(): Promise<void> {
    const socket = await this.#faked.socket();
    const startedAt = performance.now();
    socket.send(tick(this.#faked.next()));
    await this.#faked.becomesLive(1_000);
    await eventually(async () => assert.equal(await isLive(this.#faked.page), false), 4_000);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 3_000, `it took ${Math.round(tookMs)} ms`);
    const text = (await this.#faked.page.locator("#freshness").textContent()) ?? "";
    assert.match(text, /not live/i);
    assert.match(await this.#faked.page.title(), /not live/i);
    await this.#stage.screenshot(this.#faked.page, "not-live-light");
    // It comes to life on the same connection, or on a new one later.
    socket.send(tick(this.#faked.next()));
    await this.#faked.becomesLive(1_000);
    await this.#faked.nextSocket(15_000);
  }

  async #resumes(): Promise<void> {
    const socket = await this.#faked.socket();
    assert.equal(socket.resume, `${EPOCH}:${this.#faked.seq}`);
    socket.send(
      hello(this.#faked.seq, true),
      tick(this.#faked.next(), { series: [seriesOf("meta", "*")] }),
    );
    await this.#faked.row("meta", "*").waitFor({ timeout: 2_000 });
    assert.equal(await this.#faked.row(HOSTILE, "*").count(), 1);
    await socket.close(1012);
    const next = await this.#faked.nextSocket();
    assert.equal(next.resume, `${EPOCH}:${this.#faked.seq}`);
  }

  async #beginsAgain(): Promise<void> {
    const socket = await this.#faked.socket();
    socket.send(hello(this.#faked.seq, true));
    socket.send(tick(this.#faked.next(2), { series: [seriesOf("google", "*")] }));
    const next = await this.#faked.nextSocket();
    assert.equal(next.resume, null);
    await this.#faked.begin([seriesOf("reddit", "*")]);
    assert.deepEqual(await this.#faked.targets(), ["reddit"]);
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
      JSON.stringify({ ...tick(this.#faked.seq + 1), series: null }),
      JSON.stringify({ ...tick(this.#faked.seq + 1), series: [null], coverage: 7 }),
      `{"type":"tick","x":"${"y".repeat(1_000_000)}"}`,
    ];
    for (const text of garbage) {
      const named = text.slice(0, 60);
      (await this.#faked.socket()).sendText(text);
      // Either it is left out, or the page starts again; the board stays what it was.
      await eventually(async () => {
        const salt = this.#faked.seq;
        const series = [seriesOf("reddit", "*", salt)];
        if (this.#faked.hasReopened) {
          await this.#faked.nextSocket();
          await this.#faked.begin(series);
        } else {
          (await this.#faked.socket()).send(tick(this.#faked.next(), { series }));
        }
        await eventually(async () => {
          assert.equal(await isLive(this.#faked.page), true, named);
          assert.deepEqual(await this.#faked.targets(), ["reddit"], named);
          assert.equal(await this.#faked.count("reddit"), String(300 + (salt % 97)), named);
        }, 400);
      });
    }
  }

  async #forgets(): Promise<void> {
    const socket = await this.#faked.socket();
    const series = ["meta", "google"].map((target) => seriesOf(target, "*"));
    const limits = ["meta", "google"].map((target) => limitOf(target));
    socket.send(snapshot(this.#faked.next(), { series, limits }));
    await this.#faked.row("meta", "*").waitFor({ timeout: 2_000 });
    const gone = { series: [{ target: "meta", operation: "*" }], limits: ["meta"] };
    socket.send(tick(this.#faked.next(), { gone }));
    await eventually(async () => {
      assert.deepEqual(await this.#faked.targets(), ["google"]);
      const fields = await readFields(this.#faked.page);
      const inLimits = fields.filter(({ card, target }) => card === "limits" && target !== null);
      assert.deepEqual([...new Set(inLimits.map(({ target }) => target))], ["google"]);
    });
  }

  async #warns(): Promise<void> {
    const faulty = tick(this.#faked.next());
    const coverage = { shards: 3, answered: 2, missing: ["meta#1"] };
    const ledger = { ...faulty.ledger, merged: 0, isBalanced: false };
    const socket = await this.#faked.socket();
    socket.send({ ...faulty, coverage, ledger, score: null, status: "UNKNOWN" });
    await eventually(async () => {
      const health = (await this.#faked.page.locator("#health").textContent()) ?? "";
      assert.match(health, /not balanced/i);
      assert.ok(
        (await this.#faked.page.locator("#live, .bar").allTextContents()).join().includes("meta#1"),
      );
      assert.equal(await this.#faked.page.locator("#status").textContent(), "UNKNOWN");
      assert.equal(
        fieldOf(await readFields(this.#faked.page), { field: "score", card: "summary" }),
        "–",
      );
    });
  }

  async #showsAlerts(): Promise<void> {
    const socket = await this.#faked.socket();
    const alerts = [alertOf("a", { summary: HOSTILE })];
    socket.send(snapshot(this.#faked.next(), { series: [seriesOf("meta", "*")], alerts }));
    await this.#faked.alert("a").first().waitFor({ timeout: 2_000 });
    assert.equal(await this.#faked.page.locator("#alerts img, #alerts script").count(), 0);
    const worse = alertOf("b", {
      severity: "CRITICAL",
      // Of a rule that the page knows it makes a sentence of its own.
      rule: "no-such-rule",
      summary: "meta fails altogether",
    });
    socket.send(alertFrame(this.#faked.next(), worse), tick(this.#faked.next()));
    await eventually(async () => {
      const [first] = await this.#faked.page.locator("#alerts [data-alert]").all();
      assert.equal(await first?.getAttribute("data-alert"), "b");
      assert.match((await this.#faked.alert("b").first().textContent()) ?? "", /CRITICAL/);
      assert.match(
        (await this.#faked.alert("b").first().textContent()) ?? "",
        /meta fails altogether/,
      );
      assert.equal(fieldOf(await readFields(this.#faked.page), { field: "firing" }), "2");
    });
    const acknowledged = { ...worse, acknowledgedBy: "ana", acknowledgedAt: Date.now() };
    socket.send(alertFrame(this.#faked.next(), acknowledged), tick(this.#faked.next()));
    await eventually(async () => {
      assert.match((await this.#faked.alert("b").first().textContent()) ?? "", /ana/);
    });
    for (const id of ["a", "b"]) {
      const ended = alertOf(id, { state: "resolved", resolvedAt: Date.now() });
      socket.send(alertFrame(this.#faked.next(), ended));
    }
    socket.send(tick(this.#faked.next()));
    await eventually(async () => {
      const open = this.#faked.page.locator('#alerts [data-alert][data-state="firing"]');
      assert.equal(await open.count(), 0);
      assert.equal(fieldOf(await readFields(this.#faked.page), { field: "firing" }), "0");
      assert.equal(await isLive(this.#faked.page), true);
    });
  }

  async #showsManyAlerts(): Promise<void> {
    const alerts = Array.from({ length: 500 }, (_, index) =>
      alertOf(`many-${index}`, { severity: index === 250 ? "CRITICAL" : "LOW", rule: "slow" }),
    );
    const socket = await this.#faked.socket();
    const startedAt = performance.now();
    socket.send(snapshot(this.#faked.next(), { series: [seriesOf("meta", "*")], alerts }));
    await this.#faked.alert("many-250").first().waitFor({ timeout: 5_000 });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 2_000, `it took ${Math.round(tookMs)} ms`);
    await eventually(async () => {
      assert.equal(fieldOf(await readFields(this.#faked.page), { field: "firing" }), "500");
    });
    socket.send(snapshot(this.#faked.next(), { series: [seriesOf("meta", "*")] }));
    await eventually(async () => {
      assert.equal(fieldOf(await readFields(this.#faked.page), { field: "firing" }), "0");
    });
  }

  get #faked(): FakedPage {
    assert.ok(this.#opened, "no page is open");
    return this.#opened;
  }
}

const MANY = 500;
const ROUNDS = 8;
/** How often the server tells what changed. */
const TICK_MS = 500;

/** The cards that list every target, the first of them at first. */
const MANY_CARDS = ["series", "errors", "limits"];

function nameOf(index: number): string {
  return `target-${String(index).padStart(3, "0")}`;
}

function manySeries(salt: number): SeriesView[] {
  return Array.from({ length: MANY }, (_, index) => seriesOf(nameOf(index), "*", salt + index));
}

/**
 * What the page shows of them at first is there in time; "show all" shows every one of them, and
 * the page keeps up with ticks of all of them either way.
 */
async function showsMany(stage: Stage): Promise<void> {
  const faked = await FakedPage.open(stage, "many targets");
  const { page } = faked;
  await faked.begin([seriesOf("meta", "*")]);
  const socket = await faked.socket();
  const limits = manySeries(0).map(({ target }) => limitOf(target));
  const startedAt = performance.now();
  socket.send(snapshot(faked.next(), { series: manySeries(0), limits }));
  await faked.row(nameOf(0), "*").waitFor({ timeout: 5_000 });
  const shownMs = performance.now() - startedAt;
  const cdp = await stage.chromium.context.newCDPSession(page);
  const fewMs = await tickMany(faked, cdp, 0);
  for (const card of MANY_CARDS) await showAll(page, card);
  const allMs = await tickMany(faked, cdp, MANY - 1);
  const [shown, few, all] = [shownMs, fewMs, allMs].map((tookMs) => `${Math.round(tookMs)} ms`);
  console.log(
    `        500 targets: there in ${shown}; a tick takes ${few} of CPU, ${all} with all`,
  );
  assert.equal(await overhang(page), 0);
  await page.close();
  assert.ok(shownMs < 2_000, `it took ${shown}`);
  assert.ok(fewMs < TICK_MS / 2, `a tick took ${few} of CPU`);
  assert.ok(allMs < TICK_MS, `a tick took ${all} of CPU with all of them`);
}

/**
 * Changes all of the many targets a few times, and waits until one of them is shown.
 *
 * @returns how long the page's main thread works for a tick, milliseconds.
 */
async function tickMany(faked: FakedPage, cdp: CDPSession, index: number): Promise<number> {
  const socket = await faked.socket();
  const before = await cpuMs(cdp);
  for (let salt = index + 1; salt <= index + ROUNDS; salt += 1) {
    const series = manySeries(salt);
    socket.send(tick(faked.next(), { series }));
    await eventually(async () => {
      const shown = await faked.count(nameOf(index));
      assert.equal(shown, String(series[index]?.windows["1m"].count));
    }, 2_000);
  }
  return ((await cpuMs(cdp)) - before) / ROUNDS;
}

/** Presses every "show all" of a card; then each of the many targets is in it. */
async function showAll(page: Page, card: string): Promise<void> {
  const more = page.locator(`#${card} button.more[aria-expanded=false]`);
  // Another try finds all of them shown already.
  while ((await more.count()) > 0) await more.first().click();
  const targetsIn = (): Promise<number> =>
    page
      .locator(`#${card} [data-target]`)
      .evaluateAll((all) => new Set(all.map((one) => one.getAttribute("data-target"))).size);
  await eventually(async () => assert.equal(await targetsIn(), MANY, card), 5_000);
}

/** Nothing can be drawn: the cards with charts say so, the others go on, and each can be mended. */
async function breaksAlone(stage: Stage): Promise<void> {
  const faked = await FakedPage.open(stage, "broken cards", async (page) => {
    await page.addInitScript(breakCanvas);
  });
  faked.watched.expected.push(/a part of the page failed.*no canvas/);
  const { page } = faked;
  await faked.begin([seriesOf("meta", "*")]);
  const broken = page.locator("#latency .failed-part");
  await broken.waitFor({ timeout: 5_000 });
  assert.match(await broken.innerText(), /the others go on.*no canvas/);
  const socket = await faked.socket();
  socket.send(
    tick(faked.next(), { series: [seriesOf("meta", "*", 9)], limits: [limitOf("meta")] }),
  );
  await eventually(async () => {
    assert.equal(await faked.count("meta"), "309");
    assert.match(await page.locator("#limits").innerText(), /meta/);
    assert.equal(await isLive(page), true);
  });
  await page.evaluate(() => Reflect.set(window, "isCanvasBroken", false));
  await broken.getByRole("button", { name: "Show it again" }).click();
  await page.locator("#latency .chart-canvas canvas").first().waitFor({ timeout: 5_000 });
  assert.equal(await broken.count(), 0);
  await page.close();
}

/** Runs in the page before anything else does. */
function breakCanvas(): void {
  Reflect.set(window, "isCanvasBroken", true);
  const { prototype } = HTMLCanvasElement;
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the canvas that it is asked of
  const { getContext } = prototype;
  Reflect.set(
    prototype,
    "getContext",
    function get(this: HTMLCanvasElement, ...parts: Parameters<typeof getContext>) {
      if (Reflect.get(window, "isCanvasBroken") === true) throw new Error("no canvas");
      return getContext.apply(this, parts);
    },
  );
}
