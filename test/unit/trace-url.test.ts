import { expect, test } from "vitest";
import { isTraceUrl, traceUrl } from "../../src/trace-url.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

test.each([
  ["https://traces.example.com/trace/{traceId}", `https://traces.example.com/trace/${TRACE}`],
  [
    "https://example.com:8443/a?b={traceId}#{traceId}",
    `https://example.com:8443/a?b=${TRACE}#${TRACE}`,
  ],
  [
    'https://g.example.com/explore?left={"q":"{traceId}"}',
    `https://g.example.com/explore?left={"q":"${TRACE}"}`,
  ],
])("%s leads to a trace", (template, address) => {
  expect(isTraceUrl(template)).toBe(true);
  expect(traceUrl(template, TRACE)).toBe(address);
});

test("what is no id stays in its place", () => {
  const address = traceUrl("https://example.com/{traceId}/end", "../../x?#\"'<>");
  expect(new URL(address).pathname).toBe("/..%2F..%2Fx%3F%23%22'%3C%3E/end");
});

test.each([undefined, null, 5, "", "https://", "/{traceId}", "data:text/html,{traceId}"])(
  "%j is none",
  (value) => {
    expect(isTraceUrl(value)).toBe(false);
  },
);
