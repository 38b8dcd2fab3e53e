import { describe, expect, it } from "vitest";
import { hiddenParts, readAnswer } from "../../../src/notify/read-answer.ts";
import { seedOf } from "../../support/seeded.ts";
import { expectVerdictForAnything } from "./chat-properties.ts";

const seed = seedOf("read answer", process.env["SEED"]);

const read = (status: number, headers: Record<string, string> = {}, body = "") =>
  readAnswer({ status, headers, body });

describe("readAnswer", () => {
  it.each([
    [200, "delivered"],
    [202, "delivered"],
    [204, "delivered"],
    [299, "delivered"],
    [300, "dead"],
    [301, "dead"],
    [308, "dead"],
    [400, "dead"],
    [401, "disabled"],
    [402, "dead"],
    [403, "disabled"],
    [404, "disabled"],
    [405, "dead"],
    [408, "retry"],
    [410, "disabled"],
    [413, "dead"],
    [422, "dead"],
    [425, "retry"],
    [429, "retry"],
    [499, "dead"],
    [500, "retry"],
    [503, "retry"],
    [599, "retry"],
    [100, "retry"],
    [0, "retry"],
    [-1, "retry"],
    [NaN, "retry"],
  ] as const)("%f is %s", (status, kind) => {
    expect(read(status).kind).toBe(kind);
  });

  it("says of a redirect what to do", () => {
    expect(read(301).detail).toContain("a redirect: put the new address into the secret");
  });

  const date = "Sat, 21 Nov 2026 04:30:00 GMT";

  it.each([
    [{ "retry-after": "120" }, 120_000],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "Sat, 21 Nov 2026 04:30:37 GMT", date }, 37_000],
    [{ "retry-after": "Sat, 21 Nov 2026 04:29:37 GMT", date }, undefined],
    [{ "retry-after": "Sat, 21 Nov 2026 04:30:37 GMT" }, undefined],
    [{ "retry-after": "Sat, 21 Nov 2026 04:30:37 GMT", date: "yesterday" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "NaN" }, undefined],
    [{ "retry-after": "999999999" }, 86_400_000],
    [{ "retry-after": "Sat, 21 Nov 2027 04:30:37 GMT", date }, 86_400_000],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][])("%j: %s", (headers, retryAfterMs) => {
    const verdict = read(503, headers);
    expect(verdict).toMatchObject({ kind: "retry" });
    expect(verdict.kind === "retry" ? verdict.retryAfterMs : null).toBe(retryAfterMs);
  });

  it("quotes the first words of an answer in one line", () => {
    expect(read(400, {}, " not\n\tso ").detail).toBe('answered 400, "not so"');
    expect(read(400, {}, "x".repeat(10_000)).detail.length).toBeLessThan(200);
    expect(read(400, {}, "").detail).toBe("answered 400");
  });

  it("quotes no part of a secret address", () => {
    const url = "https://hooks.example.com/services/T1/abc-def?sig=s3cr3t%20x";
    const body = [url, "/services/T1/abc-def", "s3cr3t x", "s3cr3t%20x"].join(" ; ");
    const { detail } = readAnswer({ status: 404, headers: {}, body }, hiddenParts(url));
    expect(detail).not.toMatch(/abc-def|s3cr3t/);
  });

  it("gives a verdict for anything", () => {
    const channel = {
      type: "any",
      maxAlerts: 1,
      paceMs: 0,
      takes: () => true,
      compose: () => ({ via: "http", url: "", headers: {}, body: "" }) as const,
      read: readAnswer,
    };
    expectVerdictForAnything(channel, seed);
  });
});
