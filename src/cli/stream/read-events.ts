import { LineSplitter, type TextLine } from "../line-splitter.ts";

/** One event of a stream of Server-Sent Events. */
export interface ServerEvent {
  /** Its type; empty if it has none. */
  readonly event: string;
  readonly data: string;
}

/** Longer than any frame, which is one line: a snapshot of thousands of series is some megabytes. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

/** Most lines of an event: a frame has three. */
const MAX_LINES = 1_000;

/**
 * The events of a body as they arrive. Comments and events without data are left out.
 * @throws what breaks the connection off, and a RangeError for an event without an end.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  const splitter = new LineSplitter(MAX_LINE_LENGTH);
  let block: string[] = [];
  for await (const bytes of body) {
    for (const line of splitter.push(decoder.decode(bytes, { stream: true }))) {
      const text = textOf(line, block);
      if (text !== "") {
        block.push(text);
        continue;
      }
      const event = readBlock(block);
      block = [];
      if (event !== undefined) yield event;
    }
    if (splitter.isTooLong) throw new RangeError("a frame has no end");
  }
}

function textOf({ text, isTooLong }: TextLine, block: readonly string[]): string {
  if (isTooLong || block.length >= MAX_LINES) throw new RangeError("a frame has no end");
  return text;
}

function readBlock(block: readonly string[]): ServerEvent | undefined {
  let event = "";
  const data: string[] = [];
  for (const line of block) {
    const [, name, value = ""] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
