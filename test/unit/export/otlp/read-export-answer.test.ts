import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ExportAnswer,
  readExportAnswer,
} from "../../../../src/export/otlp/read-export-answer.ts";
import { encodePartialSuccess } from "../../../support/decode-otlp.ts";
import { seedOf } from "../../../support/seeded.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const PROTOBUF = "application/x-protobuf";

function answer(status: number, more: Partial<ExportAnswer> = {}): ExportAnswer {
  const body = new Uint8Array(0);
  return { status, contentType: PROTOBUF, retryAfter: null, body, isWhole: true, ...more };
}

const text = (written: string): Uint8Array => new TextEncoder().encode(written);

/** `google.rpc.Status` with a message. */
function statusSaying(message: string): Uint8Array {
  const bytes = text(message);
  return Uint8Array.of(8, 3, 18, bytes.length, ...bytes);
}

describe("what is taken", () => {
  const taken = { kind: "taken", rejectedPoints: 0, message: "" };

  it.each([
    ["an empty protobuf", answer(200)],
    ["an empty body without a type", answer(202, { contentType: "" })],
    ["an empty JSON object", answer(200, { contentType: "application/json", body: text("{}") })],
    [
      "JSON with a charset",
      answer(200, { contentType: "Application/JSON; charset=utf-8", body: text("{}") }),
    ],
    ["a body with fields of a later version", answer(200, { body: Uint8Array.of(24, 7, 34, 0) })],
    ["a body that was cut off", answer(200, { body: Uint8Array.of(10, 200), isWhole: false })],
    [
      "JSON that was cut off",
      answer(200, { contentType: "application/json", body: text('{"a'), isWhole: false }),
    ],
    [
      "JSON of whoever writes what it has not",
      answer(200, { contentType: "application/json", body: text('{"partialSuccess":null}') }),
    ],
  ])("says %s", (_what, given) => {
    expect(readExportAnswer(given, NOW)).toEqual(taken);
  });

  it("says how many points are not wanted, in protobuf and in JSON", () => {
    const partial = { kind: "taken", rejectedPoints: 3, message: "too old" };
    const body = encodePartialSuccess(3, "too old");
    expect(readExportAnswer(answer(200, { body }), NOW)).toEqual(partial);
    const json = { partialSuccess: { rejectedDataPoints: "3", errorMessage: "too\n old" } };
    const asJson = { contentType: "application/json", body: text(JSON.stringify(json)) };
    expect(readExportAnswer(answer(200, asJson), NOW)).toEqual(partial);
  });

  it("may warn without refusing anything", () => {
    const body = encodePartialSuccess(0, "use another endpoint");
    expect(readExportAnswer(answer(200, { body }), NOW)).toMatchObject({
      rejectedPoints: 0,
      message: "use another endpoint",
    });
  });

  it.each([
    ["a body that breaks off", Uint8Array.of(10, 200)],
    ["a text", text("OK, thank you\n")],
    ["a page", text("<!doctype html><h1>Sign in</h1>")],
    ["a partial success that is a number", Uint8Array.of(8, 1)],
    ["a partial success that breaks off", Uint8Array.of(10, 2, 18, 9)],
    ["a message that is a number", Uint8Array.of(10, 2, 16, 1)],
    ["a count that is a text", Uint8Array.of(10, 3, 10, 1, 49)],
    ["a negative count", encodePartialSuccess(-3, "odd")],
  ])("is not what says protobuf and is %s", (_what, body) => {
    expect(readExportAnswer(answer(200, { body }), NOW)).toEqual({
      kind: "refused",
      detail: "answered 200 with protobuf that is no answer of OTLP: what it took is not known",
    });
  });

  it.each([
    "<h1>Sign in</h1>",
    "[]",
    '"OK"',
    '{"partialSuccess":7}',
    '{"partialSuccess":[]}',
    '{"partialSuccess":{"rejectedDataPoints":"-1"}}',
    '{"partialSuccess":{"rejectedDataPoints":-1}}',
    '{"partialSuccess":{"rejectedDataPoints":1.5}}',
    '{"partialSuccess":{"rejectedDataPoints":true}}',
    '{"partialSuccess":{"rejectedDataPoints":""}}',
    '{"partialSuccess":{"errorMessage":7}}',
  ])("is not what says JSON and is %s", (written) => {
    const given = answer(200, { contentType: "application/json", body: text(written) });
    expect(readExportAnswer(given, NOW)).toEqual({
      kind: "refused",
      detail: "answered 200 with json that is no answer of OTLP: what it took is not known",
    });
  });

  it("is not what a page to sign in at answers", () => {
    const given = answer(200, { contentType: "text/html", body: text("<h1>Sign in</h1>") });
    expect(readExportAnswer(given, NOW)).toEqual({
      kind: "refused",
      detail: "answered 200 with text/html: no OTLP receiver is there",
    });
  });
});

describe("what is not taken", () => {
  it.each([429, 502, 503, 504])("%i is tried again", (code) => {
    expect(readExportAnswer(answer(code), NOW)).toEqual({
      kind: "retry",
      detail: `answered ${code}`,
      retryAfterMs: undefined,
    });
  });

  it.each([301, 400, 401, 403, 404, 408, 413, 500, 501])("%i is not", (code) => {
    expect(readExportAnswer(answer(code), NOW)).toMatchObject({ kind: "refused" });
  });

  it("says when to come back, in seconds or as a date", () => {
    const asked = (retryAfter: string) => readExportAnswer(answer(503, { retryAfter }), NOW);
    expect(asked("30")).toMatchObject({ retryAfterMs: 30_000 });
    expect(asked("Fri, 20 Nov 2026 12:01:00 GMT")).toMatchObject({ retryAfterMs: 60_000 });
    expect(asked("soon")).toMatchObject({ retryAfterMs: undefined });
  });

  it("says why, as its status' message has it, and at a length that can be shown", () => {
    const detailOf = (more: Partial<ExportAnswer>) => readExportAnswer(answer(400, more), NOW);
    const said = { kind: "refused", detail: "answered 400: bad data" };
    expect(detailOf({ body: statusSaying("bad data") })).toEqual(said);
    const json = text('{"code":3,"message":"bad data"}');
    expect(detailOf({ contentType: "application/json", body: json })).toEqual(said);
    expect(detailOf({ contentType: "text/plain", body: text("bad\u0000\ndata") })).toEqual(said);
    // As far as it was read.
    const cut = Uint8Array.of(...statusSaying("bad data"), 26, 99);
    expect(detailOf({ body: cut, isWhole: false })).toEqual(said);
    const long = readExportAnswer(
      answer(400, { contentType: "text/plain", body: text("x".repeat(9_000)) }),
      NOW,
    );
    expect(long.kind === "refused" && long.detail.length).toBeLessThanOrEqual(500);
  });
});

it("no body makes it throw", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(200, 400, 503),
      fc.constantFrom(PROTOBUF, "application/json", "text/plain", "", "nonsense/\u0001"),
      fc.uint8Array({ maxLength: 60 }),
      (code, contentType, body) => {
        const verdict = readExportAnswer(answer(code, { contentType, body }), NOW);
        if (verdict.kind === "taken") {
          expect(verdict.rejectedPoints).toBeGreaterThanOrEqual(0);
          expect(Number.isInteger(verdict.rejectedPoints)).toBe(true);
        }
      },
    ),
    { seed: seedOf("OTLP answers", process.env["SEED"]) },
  );
});
