import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/api/problem.ts";
import { MAX_JSON_DEPTH, readBody, readJson, readJsonObject } from "../../../src/api/read-body.ts";

const MAX_BYTES = 1000;
const utf8 = new TextEncoder();

function post(body: Uint8Array | string | null, headers: Record<string, string> = {}): Request {
  return new Request("https://tacho.example/v1/timings", { method: "POST", body, headers });
}

/** Like `post`, in pieces, and tells how many of them were asked for. */
function postPieces(pieces: readonly Uint8Array[], headers: Record<string, string> = {}) {
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[seen.pulled];
        if (piece === undefined) return controller.close();
        seen.pulled++;
        controller.enqueue(piece);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, headers, duplex: "half" };
  return { request: new Request("https://tacho.example/v1/timings", init), seen };
}

function statusOf(value: unknown): number | undefined {
  return value instanceof Problem ? value.status : undefined;
}

describe("readBody", () => {
  it("reads text that comes in pieces, cut inside a character", async () => {
    const bytes = utf8.encode("a€b");
    const { request } = postPieces([bytes.subarray(0, 2), bytes.subarray(2, 3), bytes.subarray(3)]);
    expect(await readBody(request, MAX_BYTES)).toBe("a€b");
  });

  it("reads no body as empty text", async () => {
    expect(await readBody(post(null), MAX_BYTES)).toBe("");
  });

  it("drops a byte order mark", async () => {
    expect(await readBody(post("\uFEFF{}"), MAX_BYTES)).toBe("{}");
  });

  it("takes exactly the limit and not a byte more", async () => {
    expect(await readBody(post("x".repeat(MAX_BYTES)), MAX_BYTES)).toHaveLength(MAX_BYTES);
    expect(statusOf(await readBody(post("x".repeat(MAX_BYTES + 1)), MAX_BYTES))).toBe(413);
  });

  it("refuses by content-length without reading", async () => {
    const { request, seen } = postPieces([utf8.encode("{}")], {
      "content-length": String(MAX_BYTES + 1),
    });
    expect(statusOf(await readBody(request, MAX_BYTES))).toBe(413);
    expect(seen.pulled).toBe(0);
  });

  it("reads a body that is too large to its end, so that the sender sees the answer", async () => {
    const pieces = Array.from({ length: 100 }, () => new Uint8Array(100));
    for (const headers of [{}, { "content-length": "5" }, { "content-length": "none" }]) {
      const { request, seen } = postPieces(pieces, headers);
      expect(statusOf(await readBody(request, MAX_BYTES))).toBe(413);
      expect(seen).toEqual({ pulled: 100, cancelled: false });
    }
  });

  it("stops reading a body that does not come to its end", async () => {
    const pieces = Array.from({ length: 1000 }, () => new Uint8Array(100));
    const { request, seen } = postPieces(pieces);
    expect(statusOf(await readBody(request, MAX_BYTES))).toBe(413);
    // The limit and a piece, then sixteen times the limit.
    expect(seen).toEqual({ pulled: 171, cancelled: true });
  });

  it.each([[[0xff]], [[0xc3]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0xc0, 0xaf]]])(
    "refuses the bytes %j, which are no UTF-8",
    async (bytes) => {
      const problem = await readBody(post(Uint8Array.from(bytes)), MAX_BYTES);
      expect(statusOf(problem)).toBe(400);
      expect(problem).toMatchObject({ detail: "The body is not valid UTF-8." });
    },
  );

  it("answers 400 for a body that breaks off", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    const init = { method: "POST", body, duplex: "half" };
    const request = new Request("https://tacho.example/v1/timings", init);
    expect(statusOf(await readBody(request, MAX_BYTES))).toBe(400);
  });
});

describe("readBody with Content-Encoding", () => {
  const gzip = { "content-encoding": "gzip" };

  it.each([
    [{ "content-encoding": "gzip" }],
    [{ "content-encoding": "x-gzip" }],
    [{ "content-encoding": " GZIP" }],
  ])("inflates %j", async (headers) => {
    expect(await readBody(post(gzipSync("hällo"), headers), MAX_BYTES)).toBe("hällo");
  });

  it("takes the inflated body up to the limit and not a byte more", async () => {
    expect(await readBody(post(gzipSync("x".repeat(MAX_BYTES)), gzip), MAX_BYTES)).toHaveLength(
      MAX_BYTES,
    );
    expect(
      statusOf(await readBody(post(gzipSync("x".repeat(MAX_BYTES + 1)), gzip), MAX_BYTES)),
    ).toBe(413);
  });

  it("refuses a bomb without inflating it", async () => {
    const plain = new Uint8Array(60_000_000);
    const bomb = gzipSync(plain, { level: 1 });
    const before = process.memoryUsage().arrayBuffers;
    expect(statusOf(await readBody(post(bomb, gzip), 1_048_576))).toBe(413);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(bomb.byteLength).toBeLessThan(plain.byteLength / 100);
  });

  it.each([
    ["text", utf8.encode("{}")],
    ["nothing", new Uint8Array(0)],
    ["half a gzip", gzipSync("hello hello hello").subarray(0, 20)],
    [
      "a gzip with a wrong checksum",
      Uint8Array.from([...gzipSync("hello").subarray(0, -8), 0, 0, 0, 0, 5, 0, 0, 0]),
    ],
  ])("refuses %s that claims to be gzip", async (_, bytes) => {
    expect(statusOf(await readBody(post(bytes, gzip), MAX_BYTES))).toBe(400);
  });

  it.each(["br", "deflate", "gzip, gzip", "zstd"])("does not know %s", async (encoding) => {
    const problem = await readBody(post("{}", { "content-encoding": encoding }), MAX_BYTES);
    expect(statusOf(problem)).toBe(415);
    expect(problem).toMatchObject({ headers: { "accept-encoding": "gzip, identity" } });
  });
});

describe("readJson", () => {
  it("reads any JSON value back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (value) => {
        expect(await readJson(post(JSON.stringify(value)), 1_000_000)).toEqual({
          value: JSON.parse(JSON.stringify(value)),
        });
      }),
    );
  });

  it("answers any bytes with a value or a 400", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        const answer = await readJson(post(bytes), MAX_BYTES);
        expect(answer instanceof Problem ? answer.status : "value" in answer).toBeOneOf([
          400,
          true,
        ]);
      }),
    );
  });

  it.each([
    ["", "The body is not valid JSON: Unexpected end of JSON input."],
    [
      '{"a":1}x',
      "The body is not valid JSON: Unexpected non-whitespace character after JSON at position 7 (line 1 column 8).",
    ],
    [
      '{"a":\n 01}',
      "The body is not valid JSON: Unexpected number in JSON at position 8 (line 2 column 3).",
    ],
    [
      "{a}",
      "The body is not valid JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2).",
    ],
    ["[1,2,]", "The body is not valid JSON: Unexpected token ']', \"[1,2,]\" is not valid JSON."],
  ])("says where %j is wrong", async (text, detail) => {
    const problem = await readJson(post(text), MAX_BYTES);
    expect(problem).toMatchObject({
      status: 400,
      detail,
      errors: [{ pointer: "", reason: detail }],
    });
  });

  it.each([
    ["arrays", "[", "]", 1],
    ["objects", '{"a":', "}", 1],
    ["both", '[{"a":', "}]", 2],
  ])("takes %s up to the deepest level and none beyond", async (_, open, close, levels) => {
    const nested = (count: number) => post(open.repeat(count) + "1" + close.repeat(count));
    expect(await readJson(nested(MAX_JSON_DEPTH / levels), MAX_BYTES)).toHaveProperty("value");
    expect(statusOf(await readJson(nested(MAX_JSON_DEPTH / levels + 1), MAX_BYTES))).toBe(400);
    expect(statusOf(await readJson(nested(100_000), 1_048_576))).toBe(400);
  });

  it("does not count brackets inside of strings", async () => {
    const text = JSON.stringify({ a: '\\"[{'.repeat(100) });
    expect(await readJson(post(text), MAX_BYTES)).toHaveProperty("value");
  });

  it("passes on what the body itself is refused for", async () => {
    expect(statusOf(await readJson(post("1".repeat(MAX_BYTES + 1)), MAX_BYTES))).toBe(413);
  });
});

describe("readJsonObject", () => {
  it("reads an object's members", async () => {
    expect(await readJsonObject(post('{"a":1}'), MAX_BYTES)).toEqual({ a: 1 });
  });

  it("puts something in the place of a body of no bytes, if it may be missing", async () => {
    for (const body of [null, "", " \n"]) {
      expect(await readJsonObject(post(body), MAX_BYTES, { a: 2 })).toEqual({ a: 2 });
      expect(statusOf(await readJsonObject(post(body), MAX_BYTES))).toBe(400);
    }
  });

  it("refuses every other value, and what readJson refuses", async () => {
    for (const body of [
      "[]",
      "null",
      "1",
      '"x"',
      "true",
      "{",
      `${"[".repeat(65)}${"]".repeat(65)}`,
    ])
      expect(statusOf(await readJsonObject(post(body), MAX_BYTES, {}))).toBe(400);
    const long = JSON.stringify({ a: "x".repeat(MAX_BYTES) });
    expect(statusOf(await readJsonObject(post(long), MAX_BYTES, {}))).toBe(413);
  });
});
