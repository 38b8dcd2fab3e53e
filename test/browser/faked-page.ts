import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { SeriesView } from "../../src/stream/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { eventually } from "./checks.ts";
import { hello, snapshot, tick } from "./fake-frames.ts";
import { type FakedSocket, FakedStream } from "./faked-stream.ts";
import { isLive, readFields } from "./shown.ts";
import type { Stage } from "./stage.ts";
import type { WatchedPage } from "./watched-page.ts";

/** A page that is signed in, on a stream that is told from here. */
export class FakedPage {
  readonly watched: WatchedPage;
  readonly #stream: FakedStream;
  /** The number of the newest connection. */
  #connection = 0;
  /** The number of the newest frame. */
  #seq = 0;

  private constructor(watched: WatchedPage, stream: FakedStream) {
    this.watched = watched;
    this.#stream = stream;
  }

  /** @param before - done before the page is loaded. */
  static async open(
    stage: Stage,
    name: string,
    before?: (page: Page) => Promise<void>,
  ): Promise<FakedPage> {
    const stream = new FakedStream();
    const watched = await stage.open(name, {
      token: TOKENS.read,
      before: async (page) => {
        await stream.take(page);
        await before?.(page);
      },
    });
    // The targets of a faked stream have no history.
    watched.expected.push(/status of 40[04].*\/v1\//);
    return new FakedPage(watched, stream);
  }

  get page(): Page {
    return this.watched.page;
  }

  /** The number of the newest frame. */
  get seq(): number {
    return this.#seq;
  }

  /** The number of the next frame, which is the newest from now on; `step` 2 leaves one out. */
  next(step = 1): number {
    return (this.#seq += step);
  }

  /** Whether the page has opened a connection after the one that is told. */
  get hasReopened(): boolean {
    return this.#stream.count > this.#connection + 1;
  }

  /** The server's end of the newest connection that was asked for here. */
  socket(): Promise<FakedSocket> {
    return this.#stream.socket(this.#connection);
  }

  /** That of the connection after it, once the page has opened it. */
  async nextSocket(timeoutMs?: number): Promise<FakedSocket> {
    const socket = await this.#stream.socket(this.#connection + 1, timeoutMs);
    this.#connection += 1;
    return socket;
  }

  /** Makes a new connection live, with these series. */
  async begin(series: readonly SeriesView[]): Promise<void> {
    const socket = await this.socket();
    socket.send(hello(this.#seq), snapshot(this.next(), { series: [...series] }));
    socket.send(tick(this.next()));
    const [first] = series;
    if (first !== undefined) await this.row(first.target, "*").waitFor({ timeout: 5_000 });
    await this.becomesLive(2_000);
  }

  async becomesLive(timeoutMs: number): Promise<void> {
    await eventually(async () => assert.equal(await isLive(this.page), true), timeoutMs);
  }

  /** The row of a series in the table of all. */
  row(target: string, operation: string): Locator {
    const quoted = (text: string): string => JSON.stringify(text);
    const row = `[data-target=${quoted(target)}][data-operation=${quoted(operation)}]`;
    return this.page.locator(`#series tr${row}`);
  }

  alert(id: string): Locator {
    return this.page.locator(`#alerts [data-alert="${id}"]`);
  }

  /** The targets of that table. */
  async targets(): Promise<string[]> {
    const fields = await readFields(this.page);
    const targets = fields.flatMap(({ card, target }) => (card === "series" ? (target ?? []) : []));
    return [...new Set(targets)];
  }

  /** How many timings a whole target has, as that table says. */
  async count(target: string): Promise<string> {
    // Not by reading every field: of 500 targets that takes longer than the page to show them.
    const texts = await this.row(target, "*").locator('[data-field="count"]').allTextContents();
    return texts.join();
  }
}
