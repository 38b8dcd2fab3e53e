import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ContentFrame } from "../../src/stream/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { alertFrame, alertOf, hello, seriesOf, snapshot, tick } from "./fake-frames.ts";
import { FakedPage } from "./faked-page.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const HOUR_MS = 3_600_000;
const TICK_MS = 500;
/** For so long the frames are held back. */
const HELD_MS = 4_000;

/** Time as the page tells it: clocks that are wrong, frames that are late, a tab nobody sees. */
export const clocks: Theme = {
  name: "clocks",
  checks: (stage): readonly Check[] => [
    { title: "the server's clock two hours ahead", run: () => isOff(stage, 2 * HOUR_MS) },
    { title: "the server's clock two hours behind", run: () => isOff(stage, -2 * HOUR_MS) },
    { title: "the device's clock two hours off", run: () => asksByServerTime(stage) },
    { title: "the server's clock steps back and forth", run: () => steps(stage) },
    { title: "frames that are held back are not called live", run: () => tellsLate(stage) },
    { title: "a hidden tab's title keeps up", run: () => keepsTitle(stage) },
  ],
};

/** Which of the two clocks is wrong cannot be told: it is the difference that counts. */
async function isOff(stage: Stage, offMs: number): Promise<void> {
  const faked = await FakedPage.open(stage, `clock ${offMs / HOUR_MS} h off`);
  const socket = await faked.socket();
  const at = (): number => Date.now() + offMs;
  socket.send(hello(0), snapshot(faked.next(), { series: [seriesOf("meta", "*")], at: at() }));
  for (let round = 0; round < 4; round += 1) {
    socket.send(tick(faked.next(), { at: at(), series: [seriesOf("meta", "*", round)] }));
    await eventually(async () => {
      assert.equal(await faked.count("meta"), String(300 + round));
    });
  }
  assert.equal(await isLive(faked.page), true);
  // The age of the numbers is by a steady clock, and the difference is told.
  const text = await freshness(faked.page);
  assert.doesNotMatch(text, /-\d|7,?\d{3} s|\b2 h\b|120 min/, text);
  const told = (await faked.page.locator("body").textContent()) ?? "";
  assert.match(told, /clock/i);
  assert.match(told, /\b2 h\b|120 min/);
  await faked.page.close();
}

/** Here the server is real: what is asked of history is told by its clock. */
async function asksByServerTime(stage: Stage): Promise<void> {
  await stage.poster.board();
  for (const offMs of [2 * HOUR_MS, -2 * HOUR_MS]) {
    const { page } = await stage.open(`device ${offMs / HOUR_MS} h off`, {
      token: TOKENS.read,
      path: "/?range=1h&target=google",
      before: async (opened) => {
        await opened.addInitScript(shiftClock, offMs);
      },
    });
    const count = page.locator('#latency [data-total="count"]');
    await eventually(async () => {
      const live = await stage.api.live();
      const google = live.series.find((one) => one.target === "google" && one.operation === "*");
      assert.equal(await count.textContent(), google?.windows["1h"].count.toLocaleString("en"));
      const told = offMs > 0 ? /2 h ahead|120 min ahead/ : /2 h behind|120 min behind/;
      assert.match(await page.locator(".notices").innerText(), told);
    });
    await page.close();
  }
}

async function steps(stage: Stage): Promise<void> {
  const faked = await FakedPage.open(stage, "clock that steps");
  await faked.begin([seriesOf("meta", "*")]);
  const socket = await faked.socket();
  for (const [round, stepMs] of [0, 500, -HOUR_MS, 500 - HOUR_MS, 60_000, 60_500].entries()) {
    const at = Date.now() + stepMs;
    socket.send(tick(faked.next(), { at, series: [seriesOf("meta", "*", 10 + round)] }));
    await eventually(async () => {
      assert.equal(await faked.count("meta"), String(310 + round));
      assert.equal(await isLive(faked.page), true, `${stepMs} ms`);
    });
  }
  await faked.page.close();
}

/** Something on the way keeps frames back: they come in their pace, but each is seconds old. */
async function tellsLate(stage: Stage): Promise<void> {
  const faked = await FakedPage.open(stage, "late frames");
  await faked.begin([seriesOf("meta", "*")]);
  const socket = await faked.socket();
  const notice = faked.page.locator("[data-notice=late]");
  assert.equal(await notice.count(), 0);
  let heldMs = HELD_MS;
  const startAt = Date.now();
  const timer = setInterval(() => {
    const at = Date.now() - heldMs;
    // The first of them was made after what the page has, as all that follow.
    if (at > startAt) socket.send(tick(faked.next(), { at }));
  }, TICK_MS);
  try {
    await notice.waitFor({ timeout: 2 * HELD_MS });
    assert.match(await notice.innerText(), /\b4(\.\d)? s late/);
    await new Promise((resolve) => setTimeout(resolve, 3 * TICK_MS));
    assert.equal(await isLive(faked.page), false, "late frames are called live");
    assert.match(await freshness(faked.page), /not live/);
    assert.match(await faked.page.title(), /not live/);
    heldMs = 0;
    await faked.becomesLive(2_000);
    assert.equal(await notice.count(), 0);
  } finally {
    clearInterval(timer);
  }
  await faked.page.close();
}

/** A browser paints no frame of it, but its title is read. */
async function keepsTitle(stage: Stage): Promise<void> {
  const faked = await FakedPage.open(stage, "hidden tab", async (page) => {
    await page.addInitScript(makeHideable);
  });
  const { page } = faked;
  await faked.begin([seriesOf("meta", "*")]);
  const socket = await faked.socket();
  let now: Partial<ContentFrame> = {};
  const timer = setInterval(() => socket.send(tick(faked.next(), now)), TICK_MS);
  try {
    await setHidden(page, true);
    const before = await page.title();
    assert.doesNotMatch(before, /not live/);
    now = { status: "CRITICAL", score: 2 };
    socket.send(alertFrame(faked.next(), alertOf("a")));
    await eventually(async () => assert.match(await page.title(), /^\(1\) CRITICAL/), 3_000);
    clearInterval(timer);
    await eventually(async () => assert.match(await page.title(), /not live/), 5_000);
    socket.send(tick(faked.next(), { status: "HEALTHY" }));
    await eventually(async () => assert.doesNotMatch(await page.title(), /not live/), 2_000);
    await setHidden(page, false);
    socket.send(tick(faked.next(), { series: [seriesOf("meta", "*", 7)] }));
    await eventually(async () => assert.equal(await faked.count("meta"), "307"));
  } finally {
    clearInterval(timer);
  }
  await page.close();
}

async function freshness(page: Page): Promise<string> {
  return (await page.locator("#freshness").textContent()) ?? "";
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

/**
 * Runs in the page before anything else does: a headless browser hides no tab. While it is hidden
 * no frame is painted, as in one that can be seen by nobody.
 */
function makeHideable(): void {
  let isHidden = false;
  const paint = window.requestAnimationFrame.bind(window);
  const held: FrameRequestCallback[] = [];
  Reflect.set(window, "requestAnimationFrame", (callback: FrameRequestCallback) =>
    isHidden ? held.push(callback) : paint(callback),
  );
  Object.defineProperty(document, "hidden", { get: () => isHidden });
  Object.defineProperty(document, "visibilityState", {
    get: () => (isHidden ? "hidden" : "visible"),
  });
  Reflect.set(window, "setHidden", (isHiddenNow: boolean) => {
    isHidden = isHiddenNow;
    document.dispatchEvent(new Event("visibilitychange"));
    if (!isHidden) for (const callback of held.splice(0)) paint(callback);
  });
}

async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((isHiddenNow) => {
    const set: unknown = Reflect.get(window, "setHidden");
    if (typeof set === "function") set(isHiddenNow);
  }, isHidden);
}
