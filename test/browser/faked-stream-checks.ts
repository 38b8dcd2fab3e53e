import assert from "node:assert/strict";
import type { WebSocketRoute } from "playwright-core";
import type {
  AlertFrame,
  AlertView,
  ContentFrame,
  HelloFrame,
  SeriesView,
  WindowStats,
} from "../../dashboard/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { readShown } from "./shown.ts";
import type { WatchedPage } from "./watched-page.ts";

const EPOCH = "e9f0a1b2";
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

/** The page on a stream that says what no sound server would. */
export class FakedStreamChecks {
  readonly #url: string;
  readonly #watched: WatchedPage;
  /** The connections that the page opened, in their order. */
  #sockets: WebSocketRoute[] = [];

  constructor(url: string, watched: WatchedPage) {
    this.#url = url;
    this.#watched = watched;
  }

  all(): readonly Check[] {
    return [
      { title: "a hostile name is shown as text", run: () => this.#showsText() },
      { title: "a stream that stalls without closing", run: () => this.#noticesStall() },
      { title: "a lost connection resumes where it was", run: () => this.#resumes() },
      { title: "a missing tick begins again", run: () => this.#beginsAgain() },
      { title: "500 targets in under 2 s", run: () => this.#showsMany() },
      { title: "a ledger that does not balance is called so", run: () => this.#showsFaults() },
      {
        title: "alerts that fire are listed, as text, until they end",
        run: () => this.#showsAlerts(),
      },
    ];
  }

  get #page() {
    return this.#watched.page;
  }

  async #showsText(): Promise<void> {
    await this.#page.routeWebSocket(/\/v1\/stream/, (socket) => this.#sockets.push(socket));
    await this.#page.goto(this.#url);
    await this.#page.getByLabel("Token").fill(TOKENS.read);
    await this.#page.getByRole("button", { name: "Sign in" }).click();
    const socket = await this.#socket(0);
    socket.send(hello(0));
    socket.send(snapshot(1, [seriesOf(HOSTILE, HOSTILE)]));
    await eventually(async () => {
      const [row] = (await readShown(this.#page)).rows;
      assert.equal(row?.target, HOSTILE);
      assert.equal(row?.operation, HOSTILE);
    });
    assert.equal(await this.#page.locator("#rows img, #rows script").count(), 0);
    assert.match(await this.#page.title(), /Tachograph/);
  }

  async #noticesStall(): Promise<void> {
    const startedAt = performance.now();
    (await this.#socket(0)).send(tick(2, []));
    await eventually(async () => assert.match(await this.#freshness(), /^live/), 1_000);
    await eventually(async () => assert.match(await this.#freshness(), /^not live since/), 4_000);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 3_000, `it took ${Math.round(tookMs)} ms`);
    // It comes to life on the same connection, or on a new one later.
    (await this.#socket(0)).send(tick(3, []));
    await eventually(async () => assert.match(await this.#freshness(), /^live/), 1_000);
    await this.#socket(1, 15_000);
  }

  async #resumes(): Promise<void> {
    const socket = await this.#socket(1);
    assert.equal(new URL(socket.url()).searchParams.get("resume"), `${EPOCH}:3`);
    socket.send({ ...hello(3), resumed: true });
    socket.send(tick(4, [seriesOf("meta", "*")]));
    await eventually(async () => {
      assert.equal((await readShown(this.#page)).rows.length, 2);
    });
    await socket.close({ code: 1012 });
    const next = await this.#socket(2);
    assert.equal(new URL(next.url()).searchParams.get("resume"), `${EPOCH}:4`);
  }

  async #beginsAgain(): Promise<void> {
    const socket = await this.#socket(2);
    socket.send({ ...hello(4), resumed: true });
    socket.send(tick(6, [seriesOf("google", "*")]));
    const next = await this.#socket(3);
    assert.equal(new URL(next.url()).searchParams.get("resume"), null);
    next.send(hello(6));
    next.send(snapshot(7, [seriesOf("reddit", "*")]));
    await eventually(async () => {
      const targets = (await readShown(this.#page)).rows.map(({ target }) => target);
      assert.deepEqual(targets, ["reddit"]);
    });
  }

  async #showsMany(): Promise<void> {
    const views = Array.from({ length: 500 }, (_, index) =>
      seriesOf(`target-${String(index).padStart(3, "0")}`, "*"),
    );
    const startedAt = performance.now();
    (await this.#socket(3)).send(snapshot(8, views));
    await this.#page.locator("#rows tr:nth-child(500)").waitFor({ timeout: 5_000 });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 2_000, `it took ${Math.round(tookMs)} ms`);
  }

  async #showsFaults(): Promise<void> {
    const frame = snapshot(9, []);
    const coverage = { shards: 3, answered: 2, missing: ["meta#1"] };
    const ledger = { ...frame.ledger, isBalanced: false };
    (await this.#socket(3)).send({ ...frame, coverage, ledger, score: null, status: "UNKNOWN" });
    await eventually(async () => {
      const shown = await readShown(this.#page);
      assert.match(shown.ledger, /^NOT balanced/);
      assert.equal(shown.coverage, "2 of 3 shards, missing meta#1");
      assert.equal(shown.score, "–");
    });
  }

  async #showsAlerts(): Promise<void> {
    const list = this.#page.locator("#alert-rows li");
    const socket = await this.#socket(3);
    socket.send({ ...snapshot(10, []), alerts: [alertOf("HIGH", "a", HOSTILE)] });
    await list.first().waitFor({ timeout: 2_000 });
    assert.match((await list.first().textContent()) ?? "", /^HIGH<img src=x/);
    assert.equal(await this.#page.locator("#alert-rows img, #alert-rows script").count(), 0);
    socket.send({
      ...alertOf("CRITICAL", "b", "meta fails"),
      type: "alert",
      epoch: EPOCH,
      seq: 11,
    });
    socket.send(tick(12, []));
    await eventually(async () => {
      assert.match((await list.first().textContent()) ?? "", /^CRITICALmeta fails/);
      assert.equal(await list.count(), 2);
    });
    for (const [offset, id] of ["a", "b"].entries()) {
      const ended = { ...alertOf("HIGH", id, "over"), state: "resolved" as const };
      socket.send({ ...ended, type: "alert", epoch: EPOCH, seq: 13 + offset });
    }
    socket.send(tick(15, []));
    await eventually(async () => {
      assert.equal(await this.#page.locator("#alerts").isHidden(), true);
      assert.match(await this.#freshness(), /^live/);
    });
  }

  /** The page's connection of this number, once it is there. */
  async #socket(index: number, timeoutMs = 8_000): Promise<FakedSocket> {
    return eventually(async () => {
      const socket = this.#sockets[index];
      assert.ok(socket, `the page has not opened connection ${index}`);
      return new FakedSocket(socket);
    }, timeoutMs);
  }

  async #freshness(): Promise<string> {
    return (await readShown(this.#page)).freshness;
  }
}

function alertOf(severity: AlertView["severity"], id: string, summary: string): AlertView {
  return {
    id,
    rule: "error-rate-critical",
    target: "meta",
    operation: "*",
    severity,
    state: "firing",
    metric: "errorRate",
    value: 0.2,
    comparison: ">=",
    threshold: 0.1,
    unit: "Rate",
    since: 1,
    firedAt: 2,
    resolvedAt: null,
    resolvedReason: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    inhibitedBy: null,
    silencedBy: null,
    summary,
    action: "Check its token.",
  };
}

/** The server's end of a connection. */
class FakedSocket {
  readonly #socket: WebSocketRoute;

  constructor(socket: WebSocketRoute) {
    this.#socket = socket;
  }

  url(): string {
    return this.#socket.url();
  }

  send(frame: HelloFrame | ContentFrame | AlertFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(options: { code: number }): Promise<void> {
    return this.#socket.close(options);
  }
}

function hello(seq: number): HelloFrame {
  const resumed = false;
  return { type: "hello", protocol: "tachograph.v1", epoch: EPOCH, seq, resumed, tickMs: 500 };
}

function snapshot(seq: number, series: readonly SeriesView[]): ContentFrame {
  return {
    type: "snapshot",
    epoch: EPOCH,
    seq,
    tenant: "default",
    at: Date.now(),
    staleMs: 12,
    status: "HEALTHY",
    score: 9,
    coverage: { shards: 1, answered: 1, missing: [] },
    series,
    ledger: {
      offered: 1,
      accepted: 1,
      duplicates: 0,
      rejected: {},
      givenUp: 0,
      capped: 0,
      permits: { denied: 0, allowedUnreached: 0, deniedUnreached: 0 },
      merged: 1,
      pending: 0,
      isBalanced: true,
    },
  };
}

function tick(seq: number, series: readonly SeriesView[]): ContentFrame {
  return { ...snapshot(seq, series), type: "tick" };
}

function seriesOf(target: string, operation: string): SeriesView {
  const counts = { count: 3, ok: 3, error: 0, timeout: 0, rateLimited: 0, hit: 0, miss: 0 };
  const stats: WindowStats = {
    ...counts,
    perSecond: 0.05,
    errorRate: 0,
    minMs: 10,
    meanMs: 20,
    maxMs: 30,
    p50Ms: 20,
    p90Ms: 30,
    p95Ms: 30,
    p99Ms: 30,
    p999Ms: 30,
    measures: {},
  };
  return {
    target,
    operation,
    kind: "platform",
    windows: { "1m": stats, "5m": stats, "1h": stats },
    grades: { latency: { grade: "EXCELLENT", color: "green", score: 10 }, errors: null },
  };
}
