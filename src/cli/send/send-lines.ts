import { on } from "node:events";
import type { InStream } from "../cli-io.ts";
import { within } from "../within.ts";
import { NdjsonTimings } from "./ndjson-timings.ts";
import type { TimingLine } from "./ndjson-timings.ts";
import { TimingBatches } from "./timing-batches.ts";

/** How long the first timing of a batch waits for others, milliseconds. */
const LINGER_MS = 1_000;

interface SendLinesPort {
  /** Sends a batch; what it throws ends the sending. */
  readonly send: (batch: readonly TimingLine[]) => Promise<void>;
  /** Is told of a line that is not sent, and why. */
  readonly onRefused: (line: number, reason: string) => void;
  /** Ends the sending. */
  readonly signal: AbortSignal;
}

/**
 * Sends timings, one JSON object a line, in batches and in their order. No more is held than a batch
 * and what a few reads give: the source waits while a batch is sent.
 * @param target - of the timings that name none.
 * @throws what `send` throws, the signal's reason, and what breaks off the source.
 */
export async function sendLines(
  stdin: InStream,
  target: string | undefined,
  { send, onRefused, signal }: SendLinesPort,
): Promise<void> {
  const reader = new NdjsonTimings(target);
  const batches = new TimingBatches();
  stdin.setEncoding("utf8");
  const pieces = on(stdin, "data", { close: ["end", "close"], highWaterMark: 2, lowWaterMark: 1 });
  const stop = (): void => void pieces.return?.();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let next: Promise<IteratorResult<unknown[]>> | undefined;
    // When the batch that is being gathered has waited long enough.
    let deadlineMs: number | undefined;
    for (let isOver = false; !isOver;) {
      next ??= pieces.next();
      const leftMs =
        deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - performance.now());
      const piece = await within(next, leftMs);
      // What looks like the end may be that somebody stopped it.
      signal.throwIfAborted();
      if (piece !== undefined) next = undefined;
      isOver = piece?.done === true;
      const { timings, refused } = isOver ? reader.end() : reader.push(textOf(piece));
      for (const { line, reason } of refused) onRefused(line, reason);
      const due = batches.add(timings);
      // A source that always has something would else never let the time be over.
      const isDue = deadlineMs !== undefined && performance.now() >= deadlineMs;
      if (isOver || piece === undefined || isDue) due.push(...batches.take());
      if (batches.isEmpty) deadlineMs = undefined;
      else if (due.length > 0 || deadlineMs === undefined)
        deadlineMs = performance.now() + LINGER_MS;
      for (const batch of due) await send(batch);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await pieces.return?.();
  }
}

/** What is read; nothing if the time was over before there was anything. */
function textOf(piece: IteratorResult<unknown[]> | undefined): string {
  const [text] = piece?.done === false ? piece.value : [];
  return typeof text === "string" ? text : "";
}
