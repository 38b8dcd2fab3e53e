import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { OtlpHttpSink } from "../../../src/coordinator/otlp-sink.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const BODY = new TextEncoder().encode("totals ".repeat(500));
const SIGNAL = new AbortController().signal;

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function sinkOf(
  answer: (sent: Sent) => Response | Promise<Response>,
  url = "https://otel.example.com/v1/metrics",
) {
  const sent: Sent[] = [];
  const sink = new OtlpHttpSink({
    url: new URL(url),
    headers: { authorization: "Bearer top-secret", "content-type": "text/plain" },
    fetch: async (address, init) => {
      sent.push({ url: address, init });
      return answer({ url: address, init });
    },
    now: () => NOW,
  });
  return { sink, sent };
}

test("a push is a POST of gzipped protobuf that follows no redirect", async () => {
  const { sink, sent } = sinkOf(() => new Response(null));
  expect(await sink.push(BODY, SIGNAL)).toEqual({
    kind: "taken",
    rejectedPoints: 0,
    message: "",
  });
  const [{ url, init } = { url: "", init: {} }] = sent;
  expect(url).toBe("https://otel.example.com/v1/metrics");
  expect(init).toMatchObject({ method: "POST", redirect: "manual", signal: SIGNAL });
  expect(init.headers).toEqual({
    authorization: "Bearer top-secret",
    "content-type": "application/x-protobuf",
    "content-encoding": "gzip",
  });
  const body = init.body as Uint8Array;
  expect(body.length).toBeLessThan(BODY.length / 10);
  expect(gunzipSync(body)).toEqual(Buffer.from(BODY));
});

test("where a redirect points to is not asked", async () => {
  const headers = { location: "http://169.254.169.254/" };
  const { sink, sent } = sinkOf(() => new Response(null, { status: 307, headers }));
  expect(await sink.push(BODY, SIGNAL)).toEqual({ kind: "refused", detail: "answered 307" });
  expect(sent).toHaveLength(1);
});

test("whoever is not reached may be later", async () => {
  const { sink } = sinkOf(() => Promise.reject(new Error("connection refused")));
  expect(await sink.push(BODY, SIGNAL)).toEqual({
    kind: "retry",
    detail: "not reached: connection refused",
  });
});

test("a request that is ended says why", async () => {
  const controller = new AbortController();
  const { sink } = sinkOf(async () => {
    controller.abort(new Error("no answer within 10 ms"));
    throw new Error("aborted");
  });
  expect(await sink.push(BODY, controller.signal)).toEqual({
    kind: "retry",
    detail: "not reached: no answer within 10 ms",
  });
});

test("what is shown repeats no secret of the URL or of a header", async () => {
  const url = "https://otel.example.com/hidden-path/v1/metrics?key=hidden-key";
  const headers = { "content-type": "text/plain" };
  const said = `top-secret may not POST ${url} (/hidden-path/v1/metrics ?key=hidden-key)`;
  const { sink } = sinkOf(() => new Response(said, { status: 403, headers }), url);
  expect(sink.origin).toBe("https://otel.example.com");
  expect(await sink.push(BODY, SIGNAL)).toEqual({
    kind: "refused",
    detail: "answered 403: *** may not POST https://otel.example.com (/… ?…)",
  });
});

test("what is taken is what an OTLP receiver says so of; of a long answer its status", async () => {
  const headers = { "content-type": "application/x-protobuf" };
  const garbage = (bytes: number) => new Response(new Uint8Array(bytes).fill(0xff), { headers });
  const short = sinkOf(() => garbage(40));
  expect(await short.sink.push(BODY, SIGNAL)).toMatchObject({ kind: "refused" });
  const long = sinkOf(() => garbage(40_000));
  expect(await long.sink.push(BODY, SIGNAL)).toMatchObject({ kind: "taken" });
});

test("an answer that breaks off after its status counts by that", async () => {
  const headers = { "content-type": "application/json" };
  const breaking = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"partial')),
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  const { sink } = sinkOf(() => new Response(breaking, { headers }));
  expect(await sink.push(BODY, SIGNAL)).toMatchObject({ kind: "taken", rejectedPoints: 0 });
});

test("no more of an answer is read than there is room for, and none without an end waited for", async () => {
  let canceled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4_096).fill(120)),
    cancel: () => {
      canceled = true;
    },
  });
  const headers = { "content-type": "text/plain" };
  const { sink } = sinkOf(() => new Response(endless, { status: 400, headers }));
  const verdict = await sink.push(BODY, SIGNAL);
  expect(verdict.kind === "refused" && verdict.detail.length).toBeLessThanOrEqual(500);
  expect(canceled).toBe(true);
});
