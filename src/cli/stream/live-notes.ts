import { formatDuration } from "../output/format.ts";
import type { Printer } from "../output/printer.ts";
import type { FeedEvent } from "./live-feed.ts";

/** Says on stderr when what is printed is not of now, and when it is again. */
export class LiveNotes {
  readonly #printer: Printer;
  #isLive = true;

  constructor(printer: Printer) {
    this.#printer = printer;
  }

  hear(event: FeedEvent): void {
    if (event.kind === "frame") {
      if (!this.#isLive) this.#printer.note("live again");
      this.#isLive = true;
      return;
    }
    this.#isLive = false;
    if (event.kind === "quiet") this.#printer.warn("not live: nothing comes");
    else this.#printer.warn(`not live: ${event.why}; again in ${formatDuration(event.retryMs)}`);
  }
}
