import { describe, expect, it } from "vitest";
import { CHANNEL_TYPES, type ChannelConfig } from "../../../src/notify/channel-config.ts";
import { makeChannel } from "../../../src/notify/make-channel.ts";

const common = {
  severities: ["CRITICAL"],
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  reports: false,
  language: undefined,
} as const;

const CONFIGS: { readonly [T in ChannelConfig["type"]]: Extract<ChannelConfig, { type: T }> } = {
  slack: { ...common, type: "slack", urlSecret: "SLACK_WEBHOOK_URL" },
  discord: { ...common, type: "discord", urlSecret: "DISCORD_WEBHOOK_URL" },
  teams: { ...common, type: "teams", urlSecret: "TEAMS_WEBHOOK_URL" },
  pagerduty: {
    ...common,
    type: "pagerduty",
    routingKeySecret: "PAGERDUTY_ROUTING_KEY",
    endpoint: "https://events.pagerduty.com",
  },
  whatsapp: {
    ...common,
    type: "whatsapp",
    tokenSecret: "WHATSAPP_TOKEN",
    phoneNumberId: "123",
    to: "5511999999999",
    template: "alert",
    apiVersion: "v23.0",
    endpoint: "https://graph.facebook.com",
  },
  resend: {
    ...common,
    type: "resend",
    apiKeySecret: "RESEND_API_KEY",
    endpoint: "https://api.resend.com",
    from: "a@example.com",
    to: ["b@example.com"],
  },
  email: {
    ...common,
    type: "email",
    binding: "EMAIL",
    from: "a@example.com",
    to: ["b@example.com"],
  },
  webhook: { ...common, type: "webhook", urlSecret: "WEBHOOK_URL", keySecret: "WEBHOOK_SECRET" },
  alertmanager: {
    ...common,
    type: "alertmanager",
    urlSecret: "ALERTMANAGER_WEBHOOK_URL",
    tokenSecret: "ALERTMANAGER_TOKEN",
  },
};

const SECRETS: Readonly<Record<string, string>> = {
  SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T/B/x",
  DISCORD_WEBHOOK_URL: "https://discord.com/api/webhooks/1/x",
  TEAMS_WEBHOOK_URL: "https://example.com/workflows/x",
  PAGERDUTY_ROUTING_KEY: "0123456789abcdef0123456789abcdef",
  WHATSAPP_TOKEN: "EAAtoken",
  RESEND_API_KEY: "re_123",
  WEBHOOK_URL: "https://example.com/hook",
  WEBHOOK_SECRET: `whsec_${"A".repeat(32)}`,
  ALERTMANAGER_WEBHOOK_URL: "http://127.0.0.1:9093/hook",
  ALERTMANAGER_TOKEN: "token",
};

const NEEDED: Readonly<Record<ChannelConfig["type"], readonly string[]>> = {
  slack: ["SLACK_WEBHOOK_URL"],
  discord: ["DISCORD_WEBHOOK_URL"],
  teams: ["TEAMS_WEBHOOK_URL"],
  pagerduty: ["PAGERDUTY_ROUTING_KEY"],
  whatsapp: ["WHATSAPP_TOKEN"],
  resend: ["RESEND_API_KEY"],
  email: [],
  webhook: ["WEBHOOK_URL", "WEBHOOK_SECRET"],
  alertmanager: ["ALERTMANAGER_WEBHOOK_URL", "ALERTMANAGER_TOKEN"],
};

const missingOf = (type: ChannelConfig["type"], secrets: Readonly<Record<string, string>>) => {
  const result = makeChannel(CONFIGS[type], (name) => secrets[name]);
  return result.ok ? [] : result.missing;
};

describe("makeChannel", () => {
  it.each(CHANNEL_TYPES)("makes a channel of type %s", (type) => {
    const result = makeChannel(CONFIGS[type], (name) => SECRETS[name]);
    expect(result).toMatchObject({ ok: true, channel: { type } });
  });

  it.each(CHANNEL_TYPES)("names every secret that a channel of type %s lacks", (type) => {
    expect(missingOf(type, {})).toEqual(NEEDED[type]);
    const blank = Object.fromEntries(Object.keys(SECRETS).map((name) => [name, " \n"]));
    expect(missingOf(type, blank)).toEqual(NEEDED[type]);
  });

  it("takes white space around a secret for no part of it", async () => {
    const secrets = { SLACK_WEBHOOK_URL: "  https://hooks.slack.com/services/T/B/x\r\n" };
    const result = makeChannel(CONFIGS.slack, (name) => secrets[name as "SLACK_WEBHOOK_URL"]);
    const context = {
      tenant: "acme",
      language: "en",
      timeZone: "UTC",
      dashboardUrl: null,
      idempotencyKey: "1",
      nowMs: 0,
    } as const;
    const outgoing = result.ok ? await result.channel.compose({ kind: "test" }, context) : null;
    expect(outgoing).toMatchObject({ url: "https://hooks.slack.com/services/T/B/x" });
  });

  it.each([
    ["hooks.slack.com/services", "is no URL"],
    ["https://hooks slack.com/x", "is no URL"],
    ["https://example.com/a b", "is no URL"],
    [`https://example.com/${"x".repeat(5_000)}`, "is no URL"],
    ["javascript:alert(1)", "is no http or https URL"],
    ["ftp://example.com/x", "is no http or https URL"],
    ["https://me:secret@example.com/x", "must not hold a user or a password"],
  ])("refuses the address %j: %s", (url, problem) => {
    expect(missingOf("slack", { SLACK_WEBHOOK_URL: url })).toEqual([
      `SLACK_WEBHOOK_URL (${problem})`,
    ]);
  });

  it("refuses what can be no key or token, without repeating it", () => {
    const secrets = {
      ...SECRETS,
      PAGERDUTY_ROUTING_KEY: "short-key",
      WHATSAPP_TOKEN: "two words",
      RESEND_API_KEY: "clé",
      WEBHOOK_SECRET: "whsec_AAAA",
    };
    expect(missingOf("pagerduty", secrets)).toEqual([
      "PAGERDUTY_ROUTING_KEY (is no routing key: those have 32 characters)",
    ]);
    expect(missingOf("whatsapp", secrets)).toEqual([
      "WHATSAPP_TOKEN (holds characters that no token has)",
    ]);
    expect(missingOf("resend", secrets)).toEqual([
      "RESEND_API_KEY (holds characters that no token has)",
    ]);
    const [webhook = ""] = missingOf("webhook", secrets);
    expect(webhook).toMatch(/^WEBHOOK_SECRET \(.+\)$/);
    expect(webhook).not.toContain("AAAA");
  });

  it("asks for no token where none is configured", () => {
    const config = { ...CONFIGS.alertmanager, tokenSecret: undefined };
    const result = makeChannel(config, (name) =>
      name === "ALERTMANAGER_WEBHOOK_URL" ? "https://example.com/x" : undefined,
    );
    expect(result.ok).toBe(true);
  });
});
