import { describe, expect, it } from "vitest";
import { discordChannel } from "../../../src/notify/discord.ts";
import type { Message } from "../../../src/notify/notice.ts";
import { aContext, aNotice } from "../../support/hostile-notices.ts";
import { receiveDiscord } from "../../support/receivers/discord.ts";
import { seedOf } from "../../support/seeded.ts";
import {
  expectAlwaysTaken,
  expectShownAsItIs,
  expectVerdictForAnything,
  requestOf,
  shownBy,
} from "./chat-properties.ts";

const seed = seedOf("discord", process.env["SEED"]);

const WEBHOOK = "https://discord.com/api/webhooks/123/secret-token?thread_id=7";

const channel = discordChannel(
  {
    type: "discord",
    urlSecret: "DISCORD_WEBHOOK_URL",
    severities: ["CRITICAL"],
    tenants: undefined,
    targets: undefined,
    operations: undefined,
    rules: undefined,
    events: ["firing", "repeat", "resolved"],
    reports: true,
    language: undefined,
  },
  WEBHOOK,
);

interface Embeds {
  readonly content: string;
  readonly embeds: readonly {
    readonly color: number;
    readonly title: string;
    readonly url: string;
  }[];
}

async function bodyOf(message: Message): Promise<Embeds> {
  return JSON.parse((await requestOf(channel, message)).body) as Embeds;
}

describe("a message to Discord", () => {
  it("says of an alert what, where, the condition, the value, since when, and what to do", async () => {
    const shown = await shownBy(channel, receiveDiscord, { kind: "alerts", notices: [aNotice()] });
    expect(shown).toEqual([
      expect.stringContaining("🔴 CRITICAL: error-rate-critical on meta, all operations"),
      "🔴 CRITICAL · error-rate-critical · meta",
      "Where",
      "meta, all operations",
      "Condition",
      "error rate ≥ 10 %",
      "Measured",
      "23.4 %",
      "Since",
      "2026-11-21 09:14 (UTC-3)",
      "Duration",
      expect.stringMatching(/^\d+ min/),
      "What to do",
      "Look at Meta's status page.",
    ]);
    expect(shown[0]).toContain("https://dash.example.com/#alert=");
  });

  it("waits for the message to be saved, and keeps the address's other parameters", async () => {
    const { url } = await requestOf(channel, { kind: "test" });
    expect(url).toBe(`${WEBHOOK}&wait=true`);
  });

  it("looks different for each severity, a reminder and the end, by word and symbol, not colour alone", async () => {
    const notices = [
      aNotice({ severity: "CRITICAL" }),
      aNotice({ severity: "HIGH" }),
      aNotice({ severity: "MEDIUM" }),
      aNotice({ severity: "LOW" }),
      aNotice({ severity: "LOW", event: "repeat", repeats: 1 }),
      aNotice({ event: "resolved", resolvedAt: Date.UTC(2026, 10, 21, 12, 26) }),
    ];
    const { embeds } = await bodyOf({ kind: "alerts", notices });
    expect(new Set(embeds.map(({ color }) => color)).size).toBe(notices.length);
    expect(new Set(embeds.map(({ title }) => title.split(" ")[0])).size).toBe(notices.length);
    const words = embeds.map(({ title }) => title.replace(/^\S+ /u, ""));
    expect(new Set(words).size).toBe(notices.length);
  });

  it("counts the alerts that have no place in it, and links to the page", async () => {
    const notices = Array.from({ length: 47 }, (_, i) => aNotice({ target: `t${i}` }));
    const shown = await shownBy(channel, receiveDiscord, { kind: "alerts", notices });
    expect(shown[0]).toBe(
      "🔴 47 alerts: 47 firing (47 CRITICAL)\nand 37 more · https://dash.example.com/",
    );
  });

  it("names every alert of a full message of long actions", async () => {
    const long = "All of this has to be done. ".repeat(500);
    const notices = Array.from({ length: channel.maxAlerts }, (_, i) =>
      aNotice({ target: `target-${i}`, action: { en: long, "pt-BR": long } }),
    );
    const shown = await shownBy(channel, receiveDiscord, { kind: "alerts", notices });
    for (let i = 0; i < channel.maxAlerts; i++) {
      expect(shown).toContain(`🔴 CRITICAL · error-rate-critical · target-${i}`);
    }
    expect(shown.filter((text) => text === "23.4 %")).toHaveLength(channel.maxAlerts);
    expect(shown.filter((text) => text.endsWith("…"))).toHaveLength(channel.maxAlerts);
  });

  it("calls nobody and hides no link behind other words", async () => {
    const target = "@everyone [look](https://evil.example) <@1>";
    const message = { kind: "alerts", notices: [aNotice({ target })] } as const;
    const { body } = await requestOf(channel, message);
    expect(JSON.parse(body)).toMatchObject({ allowed_mentions: { parse: [] } });
    const { embeds } = await bodyOf(message);
    expect(embeds[0]?.title).toContain(
      String.raw`\@everyone \[look\](https\://evil.example) \<\@1\>`,
    );
  });

  it("sends a report as it is, as much as fits, and a test that says it is one", async () => {
    const text = "p95   812 ms  **B**\n```\nerrors  0.4 %".padEnd(9_000, "\nmore");
    const mail = { subject: "Daily report", text, markdown: "", html: "", json: {} };
    const report = { kind: "report", period: "daily", mail } as const;
    const shown = await shownBy(channel, receiveDiscord, report);
    expect(shown[2]?.startsWith("p95   812 ms  **B**\n```\nerrors  0.4 %\nmore")).toBe(true);
    expect(shown[2]?.endsWith("\n…")).toBe(true);
    const test = await shownBy(channel, receiveDiscord, { kind: "test" }, aContext());
    expect(test.join(" ")).toContain("This is a test of this channel");
  });

  it("is within Discord's limits whatever it is about", () =>
    expectAlwaysTaken(channel, receiveDiscord, seed));

  it("shows every name as it is", () => expectShownAsItIs(channel, receiveDiscord, seed));
});

describe("an answer of Discord", () => {
  const read = (status: number, body = "", headers = {}) => channel.read({ status, headers, body });

  it.each([
    [200, '{"id":"1"}', "delivered"],
    [204, "", "delivered"],
    [307, "", "dead"],
    [400, '{"code":50035,"message":"Invalid Form Body"}', "dead"],
    // These count towards a ban of our address: nothing more is sent until somebody changes a setting.
    [401, '{"code":50027,"message":"Invalid Webhook Token"}', "disabled"],
    [403, "error code: 1010", "disabled"],
    [404, '{"code":10015,"message":"Unknown Webhook"}', "disabled"],
    [500, "", "retry"],
    [502, "", "retry"],
  ] as const)("%i %j: %s", (status, body, kind) => {
    expect(read(status, body).kind).toBe(kind);
  });

  it("is obeyed at a 429 by the longer of its two waits, and for a minute if it names none", () => {
    const limited = JSON.stringify({ message: "limited", retry_after: 64.57, global: false });
    const waitOf = (body: string, headers = {}) => read(429, body, headers);
    expect(waitOf(limited)).toMatchObject({ kind: "retry", retryAfterMs: 64_570 });
    expect(waitOf(limited, { "retry-after": "65" })).toMatchObject({ retryAfterMs: 65_000 });
    expect(waitOf(limited, { "retry-after": "3" })).toMatchObject({ retryAfterMs: 64_570 });
    expect(waitOf("<html>1015</html>")).toMatchObject({ retryAfterMs: 60_000 });
    expect(waitOf('{"retry_after":"soon"}')).toMatchObject({ retryAfterMs: 60_000 });
    expect(waitOf('{"retry_after":1e9}')).toMatchObject({ retryAfterMs: 86_400_000 });
  });

  it("gets a verdict whatever it is", () => expectVerdictForAnything(channel, seed));
});
