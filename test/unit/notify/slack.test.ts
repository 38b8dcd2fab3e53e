import { describe, expect, it } from "vitest";
import { slackChannel } from "../../../src/notify/slack.ts";
import { aContext, aNotice } from "../../support/hostile-notices.ts";
import { receiveSlack } from "../../support/receivers/slack.ts";
import { seedOf } from "../../support/seeded.ts";
import {
  expectAlwaysTaken,
  expectShownAsItIs,
  expectVerdictForAnything,
  requestOf,
  shownBy,
} from "./chat-properties.ts";

const seed = seedOf("slack", process.env["SEED"]);

const URL_ = "https://hooks.slack.com/services/T000/B000/abcdefghijkl";

const channel = slackChannel(
  {
    type: "slack",
    urlSecret: "SLACK_WEBHOOK_URL",
    severities: ["CRITICAL"],
    tenants: undefined,
    targets: undefined,
    operations: undefined,
    rules: undefined,
    events: ["firing", "repeat", "resolved"],
    reports: true,
    language: undefined,
  },
  URL_,
);

describe("a message to Slack", () => {
  it("says of an alert what, where, the condition, the value, since when, and what to do", async () => {
    const shown = await shownBy(channel, receiveSlack, { kind: "alerts", notices: [aNotice()] });
    expect(shown).toEqual([
      expect.stringContaining("🔴 CRITICAL: error-rate-critical on meta, all operations"),
      "🔴 CRITICAL · error-rate-critical · meta",
      "Where\nmeta, all operations",
      "Condition\nerror rate ≥ 10 %",
      "Measured\n23.4 %",
      "Since\n2026-11-21 09:14 (UTC-3)",
      expect.stringContaining("Duration\n"),
      "What to do\nLook at Meta's status page.",
      "[Details]",
    ]);
  });

  it("is posted to the webhook's address", async () => {
    const { url } = await requestOf(channel, { kind: "test" });
    expect(url).toBe(URL_);
  });

  it("tells several alerts in one message, the worst first and what has ended last", async () => {
    const notices = [
      aNotice({ target: "ended", event: "resolved", resolvedAt: Date.UTC(2026, 10, 21, 12, 26) }),
      aNotice({ target: "less", severity: "MEDIUM" }),
      aNotice({ target: "told-again", severity: "HIGH", event: "repeat", repeats: 2 }),
      aNotice({ target: "worst" }),
    ];
    const shown = await shownBy(channel, receiveSlack, { kind: "alerts", notices });
    expect(shown[1]).toBe("🔴 4 alerts: 3 firing (1 CRITICAL, 1 HIGH, 1 MEDIUM), 1 resolved");
    const titles = shown.slice(2, -1).map((text) => text.split("\n")[0]);
    expect(titles).toEqual([
      "🔴 CRITICAL · error-rate-critical · worst",
      "🔁 HIGH · error-rate-critical · told-again · reminder 2",
      "🟡 MEDIUM · error-rate-critical · less",
      "✅ Resolved · error-rate-critical · ended",
    ]);
  });

  it("counts the alerts that have no place in it, and links to the page", async () => {
    const notices = Array.from({ length: channel.maxAlerts + 37 }, (_, i) =>
      aNotice({ target: `t${i}` }),
    );
    const shown = await shownBy(channel, receiveSlack, { kind: "alerts", notices });
    expect(shown.at(-1)).toBe("and 37 more · [Details]");
  });

  it("names every alert of a full message of long actions", async () => {
    const long = "All of this has to be done. ".repeat(500);
    const notices = Array.from({ length: channel.maxAlerts }, (_, i) =>
      aNotice({ target: `target-${i}`, action: { en: long, "pt-BR": long } }),
    );
    const shown = await shownBy(channel, receiveSlack, { kind: "alerts", notices });
    for (const [i, text] of shown.slice(2, -1).entries()) {
      expect(text).toContain(`🔴 CRITICAL · error-rate-critical · target-${i}\n`);
      expect(text).toContain("Measured: 23.4 %\n");
      expect(text.endsWith("…")).toBe(true);
    }
  });

  it("keeps each field and section within its own limit", async () => {
    const long = { en: "x".repeat(9_000), "pt-BR": "" };
    const notice = aNotice({ metric: "system", detail: long, action: { en: "", "pt-BR": "" } });
    const shown = await shownBy(channel, receiveSlack, { kind: "alerts", notices: [notice] });
    expect(shown.find((text) => text.startsWith("Condition\n"))).toMatch(/x{1800,}…$/);
    const todo = aNotice({ action: long });
    const sections = await shownBy(channel, receiveSlack, { kind: "alerts", notices: [todo] });
    expect(sections.find((text) => text.startsWith("What to do\n"))).toMatch(/x{2800,}…$/);
  });

  it("speaks the language of its context", async () => {
    const message = { kind: "alerts", notices: [aNotice()] } as const;
    const context = aContext({ language: "pt-BR" });
    const shown = await shownBy(channel, receiveSlack, message, context);
    expect(shown).toContain("O que fazer\nVeja a página de status da Meta.");
  });

  it("sends a report's lines, as many as fit, and a test that says it is one", async () => {
    const text = Array.from({ length: 2_000 }, (_, i) => `line ${i} & more`).join("\n");
    const mail = { subject: "Daily report", text, markdown: "", html: "", json: {} };
    const report = { kind: "report", period: "daily", mail } as const;
    const shown = await shownBy(channel, receiveSlack, report);
    const lines = shown.slice(2, -1).join("\n").split("\n");
    expect(shown[1]).toBe("ℹ️ Daily report");
    expect(lines.length).toBeGreaterThan(300);
    expect(lines.slice(0, -1)).toEqual(text.split("\n").slice(0, lines.length - 1));
    expect(lines.at(-1)).toBe("…");
    const test = await shownBy(channel, receiveSlack, { kind: "test" });
    expect(test.join(" ")).toContain("This is a test of this channel");
  });

  it("is within Slack's limits whatever it is about", () =>
    expectAlwaysTaken(channel, receiveSlack, seed));

  it("shows every name as it is", () => expectShownAsItIs(channel, receiveSlack, seed));
});

describe("an answer of Slack", () => {
  const read = (status: number, body: string, headers = {}) =>
    channel.read({ status, headers, body });

  it.each([
    [200, "ok", "delivered"],
    [200, "<html>Welcome</html>", "dead"],
    [200, "invalid_payload", "dead"],
    [200, "no_service", "disabled"],
    [302, "", "dead"],
    [400, "invalid_payload", "dead"],
    [400, "invalid_blocks", "dead"],
    [400, "user_not_found", "disabled"],
    [403, "action_prohibited", "disabled"],
    [403, "invalid_token", "disabled"],
    [404, "no_service", "disabled"],
    [404, "channel_not_found", "disabled"],
    [410, "channel_is_archived", "disabled"],
    [429, "rate_limited", "retry"],
    [500, "rollup_error", "retry"],
    [503, "", "retry"],
  ] as const)("%i %j: %s", (status, body, kind) => {
    expect(read(status, body).kind).toBe(kind);
  });

  it("names the wait that Slack asks for", () => {
    expect(read(429, "rate_limited", { "retry-after": "30" })).toMatchObject({
      kind: "retry",
      retryAfterMs: 30_000,
    });
  });

  it("is not quoted with the secret in it", () => {
    const verdict = read(404, "Cannot POST /services/T000/B000/abcdefghijkl");
    expect(verdict.detail).toContain("Cannot POST ***");
    expect(verdict.detail).not.toContain("abcdefghijkl");
  });

  it("gets a verdict whatever it is", () => expectVerdictForAnything(channel, seed));
});
