import { expect, test } from "vitest";
import { byteChunks, textChunks } from "../../../src/export/byte-chunks.ts";
import { pageStream } from "../../../src/export/page-stream.ts";
import { pageBytes } from "../../support/export/page-bytes.ts";

const DECODER = new TextDecoder();

test("a page is made no faster than it is read", async () => {
  let made = 0;
  function* pieces(): Generator<string> {
    for (made = 1; made <= 1_000; made++) yield "x".repeat(40_000);
  }
  const reader = pageStream(textChunks(pieces())).getReader();
  await reader.read();
  expect(made).toBeLessThanOrEqual(3);
  await reader.read();
  expect(made).toBeLessThanOrEqual(4);
  await reader.cancel();
});

test("a reader that goes away ends what makes the page", async () => {
  let isEnded = false;
  function* pieces(): Generator<string> {
    try {
      for (;;) yield "x".repeat(40_000);
    } finally {
      isEnded = true;
    }
  }
  const reader = pageStream(textChunks(pieces())).getReader();
  await reader.read();
  await reader.cancel();
  expect(isEnded).toBe(true);
});

test("what fails while it is made fails the stream", async () => {
  function* pieces(): Generator<string> {
    yield "x".repeat(40_000);
    throw new Error("it broke");
  }
  const reader = pageStream(textChunks(pieces())).getReader();
  await reader.read();
  await expect(reader.read()).rejects.toThrow("it broke");
});

test("chunks join small pieces and lose nothing", () => {
  const pieces = Array.from({ length: 5_000 }, (_, i) => `line ${i} ü\n`);
  const chunks = [...textChunks(pieces)];
  expect(DECODER.decode(pageBytes(chunks))).toBe(pieces.join(""));
  expect(chunks.length).toBeLessThan(5);
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  const joined = [...byteChunks(bytes)];
  expect(DECODER.decode(pageBytes(joined))).toBe(pieces.join(""));
  expect(joined.length).toBeLessThan(5);
  expect([...textChunks([])]).toEqual([]);
  expect([...byteChunks([])]).toEqual([]);
});
