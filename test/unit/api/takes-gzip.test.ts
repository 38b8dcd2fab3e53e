import { expect, test } from "vitest";
import { takesGzip } from "../../../src/api/takes-gzip.ts";

function asks(accept: string | null): boolean {
  const headers = accept === null ? {} : { "Accept-Encoding": accept };
  return takesGzip(new Request("http://tachograph.test/metrics", { headers }));
}

test.each([
  "gzip",
  "GZIP",
  "gzip, deflate, br",
  "br;q=1.0, gzip;q=0.8",
  "*",
  "deflate , gzip ;q=0.001",
])("%j takes gzip", (accept) => {
  expect(asks(accept)).toBe(true);
});

test.each([
  null,
  "",
  "identity",
  "br, deflate",
  "gzip;q=0",
  "gzip;q=0.000",
  "*;q=0",
  "*, gzip;q=0",
  "gzip;q=x",
  `${"br,".repeat(1_000)}gzip`,
])("%j does not", (accept) => {
  expect(asks(accept)).toBe(false);
});

test("what the client said counts, and not what stands between it and us", () => {
  const behindEdge = (clientAcceptEncoding: string): Request =>
    Object.assign(
      new Request("http://tachograph.test/metrics", { headers: { "Accept-Encoding": "br, gzip" } }),
      { cf: { clientAcceptEncoding } },
    );
  expect(takesGzip(behindEdge(""))).toBe(false);
  expect(takesGzip(behindEdge("identity"))).toBe(false);
  expect(takesGzip(behindEdge("gzip"))).toBe(true);
});
