import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { makeProgress } from "../../../../bench/lib/progress.ts";

/** What a terminal of one line after the other is sent. */
function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; written: () => string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const asTerminal = Object.assign(stream, {
    isTTY,
    columns: 80,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  return { stream: asTerminal as unknown as NodeJS.WriteStream, written: () => chunks.join("") };
}

it.each([true, false])("keeps all lines of what is told, terminal: %j", (isTTY) => {
  const { stream, written } = terminal(isTTY);
  const progress = makeProgress(10, stream);
  progress.begin("some/part", 10);
  progress.tell("Error: no luck\n    at somewhere");
  progress.close();
  progress.tell("after the end");
  expect(written()).toContain("Error: no luck\n    at somewhere\n");
  expect(written().endsWith("after the end\n")).toBe(true);
});

it("takes the bar away before it tells something in a terminal", () => {
  const { stream, written } = terminal(true);
  const progress = makeProgress(10, stream);
  progress.tell("a warning");
  progress.close();
  expect(written()).toContain("\r\u001B[Ka warning\n");
});
