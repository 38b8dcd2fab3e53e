import { describe, expect, it } from "vitest";
import {
  exportResponse,
  otlpFormat,
  statusResponse,
} from "../../../../src/api/otlp/otlp-format.ts";
import { Problem, unavailable, unsupportedMediaType } from "../../../../src/api/problem.ts";
import { decodeOtlpAnswer } from "../../../support/otlp-request.ts";

function requestOf(type: string | undefined): Request {
  const headers = type === undefined ? {} : { "content-type": type };
  return new Request("http://tachograph.test/v1/metrics", { method: "POST", headers });
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

describe("otlpFormat", () => {
  it.each([
    ["application/json", "json"],
    ["Application/JSON; charset=utf-8", "json"],
    ["application/x-protobuf", "protobuf"],
  ])("takes %s", (type, format) => expect(otlpFormat(requestOf(type))).toBe(format));

  it.each([undefined, "text/plain", "application/jsonl", "application/protobufs"])(
    "refuses %s",
    (type) => {
      const problem = otlpFormat(requestOf(type));
      expect(problem).toBeInstanceOf(Problem);
      expect(problem).toMatchObject({
        status: 415,
        headers: { accept: "application/json, application/x-protobuf" },
      });
    },
  );
});

describe("exportResponse", () => {
  it("is empty where nothing was refused", async () => {
    expect(await exportResponse("json", 0, "").json()).toEqual({});
    expect(await bytesOf(exportResponse("protobuf", 0, ""))).toHaveLength(0);
  });

  it("is read by the official definitions", async () => {
    const partialSuccess = { rejectedDataPoints: "300", errorMessage: "é, 300 of them." };
    const answer = exportResponse("protobuf", 300, "é, 300 of them.");
    expect(answer.headers.get("content-type")).toBe("application/x-protobuf");
    expect(decodeOtlpAnswer(await bytesOf(answer))).toEqual({ partialSuccess });
    expect(await exportResponse("json", 300, "é, 300 of them.").json()).toEqual({ partialSuccess });
  });
});

describe("statusResponse", () => {
  it("keeps status and Retry-After, which is all that senders go by", async () => {
    const problem = unavailable("no storage", 1_500);
    const json = statusResponse("json", problem);
    expect(json.status).toBe(503);
    expect(json.headers.get("retry-after")).toBe("2");
    expect(await json.json()).toEqual({ code: 14, message: "no storage" });
    const protobuf = statusResponse("protobuf", problem);
    expect(protobuf.headers.get("content-type")).toBe("application/x-protobuf");
    const text = Buffer.from("no storage");
    expect([...(await bytesOf(protobuf))]).toEqual([0x08, 14, 0x12, text.length, ...text]);
  });

  it("says unknown of what has no code", async () => {
    const problem = unsupportedMediaType("x");
    expect(await statusResponse("json", problem).json()).toMatchObject({ code: 3 });
    const other = new Problem({ status: 418, slug: "s", title: "t", detail: "d" });
    expect(await statusResponse("json", other).json()).toMatchObject({ code: 2 });
  });
});
