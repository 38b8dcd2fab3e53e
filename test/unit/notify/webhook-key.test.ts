import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWebhookKeys } from "../../../src/notify/webhook-key.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("webhook key", process.env["SEED"]);

const key = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString("base64")}`;

const arbitraryKey = fc.uint8Array({ minLength: 24, maxLength: 64 });

describe("parseWebhookKeys", () => {
  it("reads keys of 24 to 64 bytes, with padding or without", () => {
    fc.assert(
      fc.property(fc.array(arbitraryKey, { minLength: 1, maxLength: 4 }), (all) => {
        const padded = all.map(key);
        const bare = padded.map((text) => text.replace(/=+$/, ""));
        for (const text of [padded.join(" "), ` ${bare.join("\n")}\n`]) {
          expect(parseWebhookKeys(text)).toEqual({
            ok: true,
            keys: all.map((bytes) => Uint8Array.from(bytes)),
          });
        }
      }),
      { seed: SEED },
    );
  });

  it.each([
    ["", "Key 1 does not begin with whsec_."],
    ["secret", "Key 1 does not begin with whsec_."],
    ["whsec_", "Key 1 is not base64 after whsec_."],
    ["whsec_a-b_", "Key 1 is not base64 after whsec_."],
    ["whsec_abcde", "Key 1 is not base64 after whsec_."],
    [key(new Uint8Array(23)), "Key 1 has 23 bytes, not 24 to 64."],
    [key(new Uint8Array(65)), "Key 1 has 65 bytes, not 24 to 64."],
    [`${key(new Uint8Array(24))} whsec_AA`, "Key 2 has 1 bytes, not 24 to 64."],
    [
      Array(5)
        .fill(key(new Uint8Array(24)))
        .join(" "),
      "It holds 5 keys; at most 4 can be used.",
    ],
  ])("refuses %j", (text, problem) => {
    expect(parseWebhookKeys(text)).toEqual({ ok: false, problem });
  });

  it("never throws, and never repeats a key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 8 }), fc.boolean(), (text, isNamed) => {
        const parsed = parseWebhookKeys(isNamed ? `whsec_${text}` : text);
        if (!parsed.ok) expect(parsed.problem).not.toContain(text);
      }),
      { seed: SEED },
    );
  });
});
