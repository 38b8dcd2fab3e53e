import type { WindowName } from "../../../src/merge/series-state.ts";
import { LiveStream } from "../stream/live-stream.ts";
import type {
  AlertFrame,
  ContentFrame,
  StreamCursor,
  WindowStats,
} from "../../../src/stream/stream-frame.ts";
import { BucketTally } from "./bucket-tally.ts";
import { decodeHistogram } from "./decode-histogram.ts";

/** Is told what becomes of a histogram. */
interface HistogramListener {
  /** What is in the window, and when: epoch milliseconds of the server's clock. */
  readonly onTally: (tally: BucketTally, at: number) => void;
  /** The histogram cannot be read, or not be had, and why. */
  readonly onFault: (fault: string) => void;
}

/** A window that was asked for with its histogram. */
interface WindowWithHistogram extends WindowStats {
  readonly histogram?: string;
}

interface Decoded {
  readonly text: string | undefined;
  readonly tally: BucketTally;
  /** Why it cannot be read; empty if it could. */
  readonly fault: string;
}

/** Follows the histogram of one window of one series, by a subscription for that alone. */
export class HistogramStream {
  readonly #operation: string;
  readonly #window: WindowName;
  readonly #listener: HistogramListener;
  readonly #stream: LiveStream;
  #cursor: StreamCursor | undefined;
  /** Undefined while there is no such series. */
  #text: string | undefined;
  #decoded: Decoded | undefined;
  #at = 0;
  #isDecoding = false;
  #isClosed = false;

  constructor(
    token: string,
    choice: { readonly target: string; readonly operation: string; readonly window: WindowName },
    listener: HistogramListener,
  ) {
    this.#operation = choice.operation;
    this.#window = choice.window;
    this.#listener = listener;
    this.#stream = new LiveStream({
      token,
      query: { targets: choice.target, windows: choice.window, histograms: "1" },
      // Histograms of the past are not kept by the server, so it begins with a snapshot each time.
      cursor: () => undefined,
      onContent: (frame) => this.#take(frame),
      onRefused: listener.onFault,
    });
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    this.#stream.close();
  }

  /** @returns false if frames before this one are missing. */
  #take(frame: ContentFrame | AlertFrame): boolean {
    const { epoch, seq } = frame;
    const before = this.#cursor;
    if (frame.type !== "snapshot" && (before?.epoch !== epoch || before.seq + 1 !== seq)) {
      return false;
    }
    this.#cursor = { epoch, seq };
    if (frame.type !== "alert") this.#takeContent(frame);
    return true;
  }

  #takeContent({ type, at, series, gone }: ContentFrame): void {
    this.#at = at;
    const isChosen = ({ operation }: { readonly operation: string }): boolean =>
      operation === this.#operation;
    const view = series.find(isChosen);
    const window: WindowWithHistogram | undefined = view?.windows[this.#window];
    if (window !== undefined) this.#text = window.histogram;
    else if (type === "snapshot" || gone?.series.some(isChosen) === true) this.#text = undefined;
    void this.#show();
  }

  /** Decodes the newest text; those that come meanwhile, but for the last, are passed over. */
  async #show(): Promise<void> {
    if (this.#isDecoding) return;
    this.#isDecoding = true;
    while (this.#decoded === undefined || this.#decoded.text !== this.#text) {
      this.#decoded = await decode(this.#text);
      if (this.#isClosed) return;
    }
    this.#isDecoding = false;
    const { tally, fault } = this.#decoded;
    if (fault === "") this.#listener.onTally(tally, this.#at);
    else this.#listener.onFault(fault);
  }
}

/** What is decoded of a histogram, or of none. */
async function decode(text: string | undefined): Promise<Decoded> {
  const tally = new BucketTally();
  if (text === undefined) return { text, tally, fault: "" };
  const decoded = await decodeHistogram(text);
  if (!decoded.ok) return { text, tally, fault: `${decoded.reason}.` };
  tally.add(decoded.histogram);
  return { text, tally, fault: "" };
}
