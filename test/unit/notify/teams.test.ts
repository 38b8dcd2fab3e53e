import { describe, expect, it } from "vitest";
import { teamsChannel } from "../../../src/notify/teams.ts";
import { aContext, aNotice } from "../../support/hostile-notices.ts";
import { receiveTeams } from "../../support/receivers/teams.ts";
import { seedOf } from "../../support/seeded.ts";
import {
  expectAlwaysTaken,
  expectShownAsItIs,
  expectVerdictForAnything,
  requestOf,
  shownBy,
} from "./chat-properties.ts";

const seed = seedOf("teams", process.env["SEED"]);

const WORKFLOW =
  "https://prod-1.westeurope.logic.azure.com/workflows/abc/triggers/manual/paths/invoke?sig=s3cr3t-sig";

const channel = teamsChannel(
  {
    type: "teams",
    urlSecret: "TEAMS_WEBHOOK_URL",
    severities: ["CRITICAL"],
    tenants: undefined,
    targets: undefined,
    operations: undefined,
    rules: undefined,
    events: ["firing", "repeat", "resolved"],
    reports: true,
    language: undefined,
  },
  WORKFLOW,
);

describe("a message to Teams", () => {
  it("says of an alert what, where, the condition, the value, since when, and what to do", async () => {
    const shown = await shownBy(channel, receiveTeams, { kind: "alerts", notices: [aNotice()] });
    expect(shown).toEqual([
      "🔴 CRITICAL · error-rate-critical · meta",
      "Where: meta, all operations",
      "Condition: error rate ≥ 10 %",
      "Measured: 23.4 %",
      "Since: 2026-11-21 09:14 (UTC-3)",
      expect.stringMatching(/^Duration: \d+ min/),
      "What to do: Look at Meta's status page.",
      expect.stringContaining("https://dash.example.com/#alert="),
    ]);
  });

  it("is posted to the workflow's address", async () => {
    expect((await requestOf(channel, { kind: "test" })).url).toBe(WORKFLOW);
  });

  it("looks different for what fires, a reminder and the end, by word and symbol, not colour alone", async () => {
    const notices = [
      aNotice(),
      aNotice({ event: "repeat", repeats: 3 }),
      aNotice({ event: "resolved", resolvedAt: Date.UTC(2026, 10, 21, 12, 26) }),
    ];
    const message = { kind: "alerts", notices } as const;
    const shown = await shownBy(channel, receiveTeams, message);
    expect(shown).toEqual(
      expect.arrayContaining([
        "🔴 CRITICAL · error-rate-critical · meta",
        "🔁 CRITICAL · error-rate-critical · meta · reminder 3",
        "✅ Resolved · error-rate-critical · meta",
      ]),
    );
    const { body } = await requestOf(channel, message);
    const styles = [...body.matchAll(/"style":"(\w+)"/g)].map(([, style]) => style);
    expect(styles).toEqual(["attention", "emphasis", "good"]);
  });

  it("counts the alerts that have no place in it, and links to the page", async () => {
    const notices = Array.from({ length: 47 }, (_, i) => aNotice({ target: `t${i}` }));
    const shown = await shownBy(channel, receiveTeams, { kind: "alerts", notices });
    expect(shown.slice(-2)).toEqual(["and 37 more", "https://dash.example.com/"]);
  });

  it("names every alert of a full message of long actions", async () => {
    const long = "Tudo isto é para fazer já, não amanhã. ".repeat(500);
    const notices = Array.from({ length: channel.maxAlerts }, (_, i) =>
      aNotice({ target: `target-${i}`, action: { en: long, "pt-BR": long } }),
    );
    const shown = await shownBy(channel, receiveTeams, { kind: "alerts", notices });
    for (let i = 0; i < channel.maxAlerts; i++) {
      expect(shown).toContain(`🔴 CRITICAL · error-rate-critical · target-${i}`);
    }
    expect(shown.filter((text) => text === "Measured: 23.4 %")).toHaveLength(channel.maxAlerts);
    expect(shown.filter((text) => text.endsWith("…"))).toHaveLength(channel.maxAlerts);
  });

  it("sends a report's lines, as many as fit, and a test that says it is one", async () => {
    const text = Array.from({ length: 2_000 }, (_, i) => `line ${i} **B**`).join("\n\n");
    const mail = { subject: "Daily report", text, markdown: "", html: "", json: {} };
    const report = { kind: "report", period: "daily", mail } as const;
    const shown = await shownBy(channel, receiveTeams, report);
    expect(shown.slice(0, 4)).toEqual([
      "ℹ️ Daily report",
      "line 0 **B**",
      "\u00a0",
      "line 1 **B**",
    ]);
    expect(shown.length).toBeGreaterThan(80);
    expect(shown.at(-2)).toBe("…");
    const test = await shownBy(channel, receiveTeams, { kind: "test" }, aContext());
    expect(test.join(" ")).toContain("This is a test of this channel");
  });

  it("is within Teams' limits whatever it is about", () =>
    expectAlwaysTaken(channel, receiveTeams, seed));

  it("shows every name as it is", () => expectShownAsItIs(channel, receiveTeams, seed));
});

describe("an answer of Teams", () => {
  const read = (status: number, body = "") => channel.read({ status, headers: {}, body });

  it.each([
    [202, "", "delivered"],
    [200, "1", "delivered"],
    [200, "Webhook message delivery failed with error: returned HTTP error 429", "retry"],
    [302, "", "dead"],
    [400, '{"error":{"code":"TriggerInputSchemaMismatch"}}', "dead"],
    [400, '{"error":{"code":"WorkflowTriggerIsNotEnabled"}}', "disabled"],
    [401, '{"error":{"code":"DirectApiAuthorizationRequired"}}', "disabled"],
    [404, '{"error":{"code":"WorkflowNotFound"}}', "disabled"],
    [413, "", "dead"],
    [429, "", "retry"],
    [502, '{"error":{"code":"NoResponse"}}', "retry"],
  ] as const)("%i %j: %s", (status, body, kind) => {
    expect(read(status, body).kind).toBe(kind);
  });

  it("is not quoted with the signature in it", () => {
    expect(read(401, "bad sig=s3cr3t-sig").detail).toContain('"bad sig=***"');
  });

  it("gets a verdict whatever it is", () => expectVerdictForAnything(channel, seed));
});
