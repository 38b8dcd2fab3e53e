/**
 * A page as a stream that makes each chunk when its reader has room for it, so that a page of
 * thousands of series holds up nothing else. A reader that goes away ends it.
 */
export function pageStream(chunks: Iterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "bytes",
    pull: (controller) => {
      const next = chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: () => {
      chunks.return?.();
    },
  });
}
