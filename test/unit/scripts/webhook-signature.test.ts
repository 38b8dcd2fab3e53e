import { describe, expect, it } from "vitest";
import { signatureFault, type SignedRequest } from "../../../scripts/lib/webhook-signature.ts";
import { parseWebhookKeys } from "../../../src/notify/webhook-key.ts";

/* The example of the Standard Webhooks specification's reference libraries. */
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const REQUEST: SignedRequest = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: "1614265330",
  body: '{"test": 2432232314}',
  signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const NOW_MS = 1_614_265_330_000;

function keysOf(secret: string): readonly Uint8Array[] {
  const parsed = parseWebhookKeys(secret);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keys;
}

describe("signatureFault", () => {
  it("accepts what was signed with one of the keys, among other signatures", () => {
    expect(signatureFault(REQUEST, keysOf(SECRET), NOW_MS)).toBeUndefined();
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect(signatureFault(REQUEST, keysOf(`${other} ${SECRET}`), NOW_MS)).toBeUndefined();
    const signatures = `v1,AAAA v2,xyz ${REQUEST.signatures}`;
    expect(signatureFault({ ...REQUEST, signatures }, keysOf(SECRET), NOW_MS)).toBeUndefined();
    expect(signatureFault(REQUEST, keysOf(other), NOW_MS)).toContain("key");
  });

  it.each([
    ["another body", { body: '{"test": 2432232315}' }, "key"],
    ["another id", { id: "msg_2" }, "key"],
    ["another time", { timestamp: "1614265331" }, "key"],
    ["another version", { signatures: REQUEST.signatures.replace("v1", "v1a") }, "key"],
    ["no signature", { signatures: "" }, "key"],
    ["half a signature", { signatures: REQUEST.signatures.slice(0, 20) }, "key"],
    ["no id", { id: "" }, "webhook-id"],
    ["an id with a full stop", { id: "msg.1" }, "webhook-id"],
    ["no time", { timestamp: "" }, "webhook-timestamp"],
    ["a time that is none", { timestamp: "now" }, "webhook-timestamp"],
  ])("refuses %s", (_, change, named) => {
    expect(signatureFault({ ...REQUEST, ...change }, keysOf(SECRET), NOW_MS)).toContain(named);
  });

  it("refuses what is older than five minutes, or as far ahead", () => {
    const keys = keysOf(SECRET);
    expect(signatureFault(REQUEST, keys, NOW_MS + 300_000)).toBeUndefined();
    expect(signatureFault(REQUEST, keys, NOW_MS + 301_000)).toContain("webhook-timestamp");
    expect(signatureFault(REQUEST, keys, NOW_MS - 301_000)).toContain("webhook-timestamp");
  });
});
