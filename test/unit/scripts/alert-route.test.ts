import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseAlertRoute, keptKeyFile } from "../../../scripts/lib/alert-route.ts";
import { StartError } from "../../../scripts/lib/start-error.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const NOTHING = { webhook: undefined, webhookSecret: undefined, devVars: {} };

let runDir: string;

beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), "tachograph-route-"));
});
afterEach(() => rmSync(runDir, { recursive: true }));

describe("chooseAlertRoute", () => {
  it("takes the receiver that comes with the run, and a key that stays the same", () => {
    const route = chooseAlertRoute(NOTHING, runDir);
    expect(route).toMatchObject({ url: undefined, isMadeUp: true, allowPrivateUrls: "true" });
    expect(route.keys[0]).toHaveLength(32);
    expect(chooseAlertRoute(NOTHING, runDir).secret).toBe(route.secret);
    expect(statSync(keptKeyFile(runDir)).mode & 0o077).toBe(0);
  });

  it("makes up another key when the one that is kept is none", () => {
    writeFileSync(keptKeyFile(runDir), "whsec_short");
    const { secret } = chooseAlertRoute(NOTHING, runDir);
    expect(readFileSync(keptKeyFile(runDir), "utf8").trim()).toBe(secret);
  });

  it("takes what .dev.vars says before that, and the command line before all", () => {
    const devVars = {
      WEBHOOK_URL: "https://hook.example.com",
      WEBHOOK_SECRET: SECRET,
      ALLOW_PRIVATE_URLS: "false",
    };
    expect(chooseAlertRoute({ ...NOTHING, devVars }, runDir)).toMatchObject({
      url: "https://hook.example.com",
      secret: SECRET,
      isMadeUp: false,
      allowPrivateUrls: "false",
    });
    const webhook = "http://127.0.0.1:9";
    const given = { webhook, webhookSecret: OTHER_SECRET, devVars };
    expect(chooseAlertRoute(given, runDir)).toMatchObject({ url: webhook, secret: OTHER_SECRET });
    // The environment's secret is for --webhook.
    const alone = { ...NOTHING, webhookSecret: OTHER_SECRET };
    expect(chooseAlertRoute(alone, runDir).isMadeUp).toBe(true);
    const empty = { ...NOTHING, devVars: { WEBHOOK_URL: "", WEBHOOK_SECRET: " " } };
    expect(chooseAlertRoute(empty, runDir)).toMatchObject({ url: undefined, isMadeUp: true });
  });

  it.each([
    ["of .dev.vars", { ...NOTHING, devVars: { WEBHOOK_SECRET: "hunter2" } }],
    ["of the environment", { ...NOTHING, webhook: "http://a", webhookSecret: "hunter2" }],
  ])("refuses a key %s that is none, without repeating it", (where, chosen) => {
    const choose = () => chooseAlertRoute(chosen, runDir);
    expect(choose).toThrow(StartError);
    expect(choose).toThrow(where);
    expect(choose).not.toThrow("hunter2");
  });
});
