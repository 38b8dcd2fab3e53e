import assert from "node:assert/strict";
import { loadavg } from "node:os";
import type { CDPSession, Page } from "playwright-core";
import { TOKENS } from "../e2e/api.ts";
import { bestOf, type Check, eventually } from "./checks.ts";
import type { StreamFrame } from "../../src/stream/stream-frame.ts";
import {
  alertOf,
  hello,
  HISTOGRAMS,
  limitOf,
  seriesOf,
  snapshot,
  tick,
  withHistograms,
} from "./fake-frames.ts";
import { FakedStream } from "./faked-stream.ts";
import { cpuMs } from "./cpu-ms.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const SLOWDOWN = 4;
const LOADS = 3;
const SERIES = 20;
const TICK_MS = 500;
const WATCHED_MS = 5_000;
const IDLE_MS = 2_000;
/** The target whose latency the page shows when nothing was chosen: the first. */
const PICKED = "target-0";
const TRIES = 3;
/** An hour of ticks. */
const TICKS = 7_200;
/** As many are told before the page paints. */
const TICKS_AT_ONCE = 36;
const MEBIBYTE = 1024 * 1024;
/** What the API says of targets that a faked stream made up. */
const NO_HISTORY = /status of 40[04].*\/v1\//;

export const performanceTheme: Theme = {
  name: "performance",
  checks: (stage) => new PerformanceChecks(stage).all(),
};

class PerformanceChecks {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  all(): readonly Check[] {
    return [
      {
        title: `painted within 1 s on a CPU slowed ${SLOWDOWN} times`,
        run: () => bestOf(TRIES, () => this.#paints()),
      },
      { title: "60 frames/s while 20 series tick", run: () => this.#isSmooth() },
      { title: "no growth of memory over an hour of ticks", run: () => this.#staysSmall() },
    ];
  }

  async #paints(): Promise<void> {
    await this.#stage.poster.board();
    const loads: { readonly paintMs: number; readonly statusMs: number }[] = [];
    for (let load = 0; load < LOADS; load += 1) loads.push(await this.#load());
    const told = loads.map(({ paintMs, statusMs }) => `${ms(paintMs)} and ${ms(statusMs)}`);
    console.log(`        first paint and status after ${told.join(", ")}`);
    const paintMs = median(loads.map((load) => load.paintMs));
    const statusMs = median(loads.map((load) => load.statusMs));
    assert.ok(paintMs < 1_000, `first contentful paint after ${ms(paintMs)}`);
    assert.ok(statusMs < 1_000, `the status is there after ${ms(statusMs)}`);
  }

  async #load(): Promise<{ paintMs: number; statusMs: number }> {
    const { page } = await this.#stage.open("slowed", {
      token: TOKENS.read,
      before: async (opened) => {
        await opened.addInitScript(noteStatus);
        const cdp = await this.#stage.chromium.context.newCDPSession(opened);
        await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
        await cdp.send("Network.enable");
        await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
      },
    });
    const shown = await eventually(async () => {
      const times = await page.evaluate(() => ({
        paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
        statusMs: Number(document.documentElement.getAttribute("data-status-ms") ?? Number.NaN),
      }));
      const { paintMs, statusMs } = times;
      assert.ok(paintMs !== undefined && !Number.isNaN(statusMs), JSON.stringify(times));
      return { paintMs, statusMs };
    });
    await page.close();
    return shown;
  }

  /**
   * The frames are held against those of an empty page in the same browser at nearly the same
   * time.
   */
  async #isSmooth(): Promise<void> {
    const stream = new FakedStream();
    const page = await this.#openFaked("smooth", stream);
    const cdp = await this.#stage.chromium.context.newCDPSession(page);
    const socket = await stream.socket(0);
    let seq = 1;
    stream.sendHistograms(hello(0), withHistograms(firstFrame(Date.now()), PICKED));
    const timer = setInterval(() => {
      const frame = tickOf((seq += 1), Date.now());
      socket.send(frame);
      stream.sendHistograms(withHistograms(frame, PICKED, seq));
    }, TICK_MS);
    try {
      await eventually(async () => assert.equal(await isLive(page), true));
      await bestOf(TRIES, async () => {
        const idle = await this.#idleFrames();
        await page.bringToFront();
        const before = await cpuMs(cdp);
        const ticking = await framesOf(page, WATCHED_MS);
        const tickMs = ((await cpuMs(cdp)) - before) / (WATCHED_MS / TICK_MS);
        const told = `${tell(ticking)}, ${ms(tickMs)} of CPU a tick; idle page ${tell(idle)}; load ${loadavg()[0]?.toFixed(1)}`;
        console.log(`        ${told}`);
        assert.ok(ticking.perSecond >= 0.9 * idle.perSecond, "too few frames");
        assert.ok(ticking.longestTaskMs <= 100, "a task is too long");
      });
    } finally {
      clearInterval(timer);
      await page.close();
    }
  }

  async #idleFrames(): Promise<Frames> {
    const idle = await this.#stage.chromium.context.newPage();
    try {
      await idle.bringToFront();
      return await framesOf(idle, IDLE_MS);
    } finally {
      await idle.close();
    }
  }

  async #staysSmall(): Promise<void> {
    const { page, expected } = await this.#stage.open("an hour", {
      token: TOKENS.read,
      before: async (opened) => {
        await opened.addInitScript(installOwnServer);
      },
    });
    expected.push(NO_HISTORY);
    const cdp = await this.#stage.chromium.context.newCDPSession(page);
    const startAt = Date.now();
    const startedAt = performance.now();
    const opening = firstFrame(startAt);
    await eventually(() => say(page, "ownSocket", [hello(0), opening]));
    await page.locator("#series tr[data-target]").first().waitFor({ timeout: 5_000 });
    const histograms = [hello(0), withHistograms(opening, PICKED)];
    await eventually(() => say(page, "histogramSocket", histograms));
    const sizes: Size[] = [];
    for (let quarter = 0; quarter < 4; quarter += 1) {
      await sayTicks(page, (quarter * TICKS) / 4, ((quarter + 1) * TICKS) / 4, startAt);
      sizes.push(await sizeOf(page, cdp));
    }
    const took = ((performance.now() - startedAt) / 1000).toFixed(1);
    const told = sizes.map(({ heapBytes, nodes }) => `${mebibytes(heapBytes)} and ${nodes} nodes`);
    console.log(`        after each quarter of an hour: ${told.join(", ")} (${took} s)`);
    const count = page.locator('#series tr[data-target="target-0"] [data-field="count"]').first();
    assert.equal(await count.textContent(), String(countOf(TICKS)), "the last tick is not shown");
    // Until then the charts fill, whose live range is a quarter of an hour.
    const [first = NO_SIZE, , , last = NO_SIZE] = sizes;
    const growth = last.heapBytes - first.heapBytes;
    assert.ok(growth < Math.max(MEBIBYTE, first.heapBytes * 0.05), told.join(", "));
    // The words of an axis are more at one time than at another.
    assert.ok(Math.abs(last.nodes - first.nodes) <= 0.02 * first.nodes, told.join(", "));
    await page.close();
  }

  async #openFaked(name: string, stream: FakedStream): Promise<Page> {
    const { page, expected } = await this.#stage.open(name, {
      token: TOKENS.read,
      before: (opened) => stream.take(opened),
    });
    expected.push(NO_HISTORY);
    (await stream.socket(0)).send(hello(0), firstFrame(Date.now()));
    await page.locator("#series").waitFor({ timeout: 5_000 });
    return page;
  }
}

/** All series change. */
function tickOf(seq: number, at: number) {
  const series = Array.from({ length: SERIES }, (_, index) =>
    seriesOf(`target-${Math.floor(index / 2)}`, index % 2 === 0 ? "*" : "call", seq * 31 + index),
  );
  return tick(seq, { at, series });
}

/** Runs in the page before anything else does: notes when the status is first there. */
function noteStatus(): void {
  const watch = new MutationObserver(() => {
    const text = document.getElementById("status")?.textContent ?? "";
    if (text === "") return;
    watch.disconnect();
    document.documentElement.setAttribute("data-status-ms", String(performance.now()));
  });
  watch.observe(document, { childList: true, subtree: true, characterData: true });
}

function tell({ perSecond, longestTaskMs }: Frames): string {
  return `${perSecond.toFixed(1)} frames/s, longest task ${ms(longestTaskMs)}`;
}

interface Frames {
  readonly perSecond: number;
  readonly longestTaskMs: number;
}

/** How many frames a page paints, and the longest that it did not answer. */
function framesOf(page: Page, lengthMs: number): Promise<Frames> {
  return page.evaluate(
    (wantedMs) =>
      new Promise<Frames>((resolve) => {
        let longestTaskMs = 0;
        const tasks = new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) {
            longestTaskMs = Math.max(longestTaskMs, duration);
          }
        });
        tasks.observe({ type: "longtask" });
        let [first, frames] = [0, 0];
        const count = (at: number): void => {
          if (first === 0) first = at;
          else frames += 1;
          if (at - first < wantedMs) {
            requestAnimationFrame(count);
            return;
          }
          tasks.disconnect();
          resolve({ perSecond: (frames * 1000) / (at - first), longestTaskMs });
        };
        requestAnimationFrame(count);
      }),
    lengthMs,
  );
}

/** Runs in the page before anything else does: a WebSocket whose server is the page itself. */
function installOwnServer(): void {
  class OwnSocket extends EventTarget {
    readonly url: string;
    constructor(url: string | URL) {
      super();
      this.url = String(url);
      const isForHistograms = this.url.includes("histograms=1");
      Reflect.set(window, isForHistograms ? "histogramSocket" : "ownSocket", this);
      queueMicrotask(() => this.dispatchEvent(new Event("open")));
    }
    send(): void {
      // What the page says is for nobody.
    }
    close(): void {
      // It stays open: nothing here ends it.
    }
  }
  Reflect.set(window, "WebSocket", OwnSocket);
}

type OwnSocketName = "ownSocket" | "histogramSocket";

/** Lets the page's own server send frames. */
function say(page: Page, name: OwnSocketName, frames: readonly StreamFrame[]): Promise<void> {
  return page.evaluate(
    ([from, texts]) => {
      const socket: unknown = Reflect.get(window, from);
      if (!(socket instanceof EventTarget)) throw new Error("the page opened no stream");
      for (const data of texts) socket.dispatchEvent(new MessageEvent("message", { data }));
    },
    [name, frames.map((frame) => JSON.stringify(frame))] as const,
  );
}

/** Lets it send the ticks from `first` to before `end`, a few before each frame that is painted. */
async function sayTicks(page: Page, first: number, end: number, startAt: number): Promise<void> {
  const range = { first, end, startAt, tickMs: TICK_MS, atOnce: TICKS_AT_ONCE };
  const chosen = { picked: PICKED, histograms: HISTOGRAMS };
  await page.evaluate(
    ({
      range: { first: from, end: to, startAt: at, tickMs, atOnce },
      template,
      chosen: { picked, histograms },
    }) =>
      new Promise<void>((resolve) => {
        const send = (name: string, frame: object): void => {
          const socket: unknown = Reflect.get(window, name);
          const event = new MessageEvent("message", { data: JSON.stringify(frame) });
          if (socket instanceof EventTarget) socket.dispatchEvent(event);
        };
        const sayOne = (index: number): void => {
          const series = template.series.map((view) => {
            const stats = { ...view.windows["1m"] };
            stats.count = 300 + (index % 97);
            stats.p50Ms = 20 + (index % 7);
            stats.p95Ms = 31 + (index % 13);
            return { ...view, windows: { "1m": stats, "5m": stats, "1h": stats } };
          });
          const frame = { ...template, seq: index + 2, at: at + (index + 1) * tickMs, series };
          send("ownSocket", frame);
          const histogram = histograms[index % histograms.length];
          const views = series
            .filter(({ target }) => target === picked)
            .map((view) => ({
              ...view,
              windows: { "1m": { ...view.windows["1m"], histogram } },
            }));
          send("histogramSocket", { ...frame, series: views });
        };
        let next = from;
        const sayMore = (): void => {
          const stop = Math.min(next + atOnce, to);
          for (; next < stop; next += 1) sayOne(next);
          if (next < to) requestAnimationFrame(sayMore);
          else resolve();
        };
        requestAnimationFrame(sayMore);
      }),
    { range, template: tickOf(0, 0), chosen },
  );
}

function firstFrame(at: number) {
  const { series } = tickOf(1, at);
  const limits = ["meta", "google"].map((target) => limitOf(target));
  return snapshot(1, { at, series, limits, alerts: [alertOf("a")] });
}

/** What the page shows as the count of a series once it has so many ticks. */
function countOf(ticks: number): number {
  return 300 + ((ticks - 1) % 97);
}

/** Resolves once everything that was sent so far is painted. */
function painted(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );
}

/** What a page holds. */
interface Size {
  readonly heapBytes: number;
  readonly nodes: number;
}

const NO_SIZE: Size = { heapBytes: 0, nodes: 0 };

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(2)} MiB`;
}

/** What a page holds once its garbage is collected. */
async function sizeOf(page: Page, cdp: CDPSession): Promise<Size> {
  await painted(page);
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  return { heapBytes: usedSize, nodes };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function ms(durationMs: number): string {
  return `${Math.round(durationMs)} ms`;
}
