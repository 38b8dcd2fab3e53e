import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../../src/config.ts";
import { type ChannelConfig, CHANNEL_TYPES } from "../../../src/notify/channel-config.ts";
import { seedOf } from "../../support/seeded.ts";

const seed = seedOf("channel schema", process.env["SEED"]);

const WHATSAPP = {
  type: "whatsapp",
  phoneNumberId: "106540352242922",
  to: "5511987654321",
  template: "tachograph_alert",
};
const RESEND = { type: "resend", from: "Tachograph <t@example.com>", to: ["ops@example.com"] };
const EMAIL = { type: "email", from: "t@example.com", to: ["ops@example.com"] };

const URGENT = { severities: ["CRITICAL", "HIGH"], reports: false };
const MAIL = { severities: ["CRITICAL", "HIGH", "MEDIUM"], reports: true };
const CHAT = { severities: ["CRITICAL", "HIGH", "MEDIUM"], reports: false };
const EVERYBODY = {
  tenants: undefined,
  targets: undefined,
  operations: undefined,
  rules: undefined,
  events: ["firing", "repeat", "resolved"],
  language: undefined,
};

function channel(input: unknown): ChannelConfig | undefined {
  return parseConfig({ channels: { it: input } }).channels["it"];
}

function faultsOf(channels: unknown): string[] {
  try {
    parseConfig({ channels });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ path, reason }) => `${path}: ${reason}`);
  }
  return [];
}

describe("channels", () => {
  it("are none by default", () => {
    expect(parseConfig({}).channels).toEqual({});
  });

  it.each([
    [
      WHATSAPP,
      {
        ...URGENT,
        tokenSecret: "WHATSAPP_TOKEN",
        apiVersion: "v23.0",
        endpoint: "https://graph.facebook.com",
      },
    ],
    [RESEND, { ...MAIL, apiKeySecret: "RESEND_API_KEY", endpoint: "https://api.resend.com" }],
    [EMAIL, { ...MAIL, binding: "EMAIL" }],
    [{ type: "slack" }, { ...CHAT, urlSecret: "SLACK_WEBHOOK_URL" }],
    [{ type: "discord" }, { ...CHAT, urlSecret: "DISCORD_WEBHOOK_URL" }],
    [
      { type: "pagerduty" },
      {
        ...CHAT,
        routingKeySecret: "PAGERDUTY_ROUTING_KEY",
        endpoint: "https://events.pagerduty.com",
      },
    ],
    [{ type: "teams" }, { ...CHAT, urlSecret: "TEAMS_WEBHOOK_URL" }],
    [{ type: "webhook" }, { ...CHAT, urlSecret: "WEBHOOK_URL", keySecret: "WEBHOOK_SECRET" }],
    [
      { type: "alertmanager" },
      { ...CHAT, urlSecret: "ALERTMANAGER_WEBHOOK_URL", tokenSecret: undefined },
    ],
  ])("%j has the defaults %j", (input, defaults) => {
    // Strictly: where nothing is said there is a field that is undefined.
    expect(channel(input)).toStrictEqual({ ...EVERYBODY, ...defaults, ...input });
  });

  it("keep what is set", () => {
    const input = {
      type: "alertmanager",
      severities: ["LOW"],
      tenants: ["acme"],
      targets: ["meta", "google"],
      operations: ["*", "events"],
      rules: ["no-data", "probe-failing", "channel-failing"],
      events: ["resolved", "firing"],
      reports: true,
      language: "pt-BR",
      urlSecret: "AM_URL",
      tokenSecret: "AM_TOKEN_2",
    };
    expect(channel(input)).toStrictEqual(input);
    expect(channel({ ...RESEND, endpoint: "http://127.0.0.1:8080/" })).toMatchObject({
      endpoint: "http://127.0.0.1:8080",
    });
  });

  it("may be for reports only", () => {
    expect(channel({ ...EMAIL, severities: [] })).toMatchObject({ severities: [], reports: true });
    expect(faultsOf({ it: { type: "slack", severities: [] } })).toEqual([
      "channels.it.severities: is empty, and reports is false: this channel would never be told " +
        "anything",
    ]);
  });

  it("may be named like a member of every object", () => {
    const { channels } = parseConfig({ channels: { constructor: { type: "slack" } } });
    expect(Object.hasOwn(channels, "constructor")).toBe(true);
  });

  it.each([
    [{ it: {} }, `type: must be one of ${CHANNEL_TYPES.join(", ")}, got undefined`],
    [
      { it: { type: "slak" } },
      `type: must be one of ${CHANNEL_TYPES.join(", ")}, got "slak"; did you mean slack?`,
    ],
    [{ it: { type: "slack", urlSecrt: "X" } }, "urlSecrt: unknown field; did you mean urlSecret?"],
    [
      { it: { type: "slack", colour: 1 } },
      "colour: unknown field; the fields here are type, severities, tenants, targets, operations, " +
        "rules, events, reports, language, urlSecret",
    ],
    [
      { it: { type: "slack", severities: ["high"] } },
      'severities.0: must be one of CRITICAL, HIGH, MEDIUM, LOW, got "high"; did you mean HIGH?',
    ],
    [
      { it: { type: "slack", severities: "HIGH" } },
      'severities: must be a list of 0 to 4 severities, got "HIGH"',
    ],
    [{ it: { type: "slack", reports: 1 } }, "reports: must be true or false, got 1"],
    [{ it: { type: "slack", language: "pt" } }, 'language: must be one of en, pt-BR, got "pt"'],
    [
      { it: { type: "slack", targets: ["Meta"] } },
      "targets.0: must be a target's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or " +
        'digit, got "Meta"',
    ],
    [
      { it: { type: "slack", operations: ["**"] } },
      "operations.0: must be an operation's name, 1 to 64 of a-z 0-9 _ . : - that begin with a " +
        'letter or digit, or * for a target as a whole, got "**"',
    ],
    [
      { it: { type: "slack", operations: [] } },
      "operations: must be a list of 1 to 1000 operations, got 0",
    ],
    [
      { it: { type: "slack", rules: ["Probe failing"] } },
      "rules.0: must be a rule's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or " +
        'digit, got "Probe failing"',
    ],
    [
      { it: { type: "slack", rules: ["no-data", "probe-failling"] } },
      "rules.1: no rule is called probe-failling; did you mean probe-failing?",
    ],
    [
      { it: { type: "slack", events: ["fired"] } },
      'events.0: must be one of firing, repeat, resolved, got "fired"',
    ],
    [
      { it: { type: "slack", events: ["resolved"] } },
      "events: must contain firing: repeat and resolved follow it",
    ],
    [{ it: { type: "slack", events: [] } }, "events: must be a list of 1 to 3 events, got 0"],
    [{ it: { type: "whatsapp" } }, "phoneNumberId: is missing and has no default"],
    [
      { it: { ...WHATSAPP, phoneNumberId: 1 } },
      "phoneNumberId: must be the id of a phone number, 5 to 32 digits in quotes",
    ],
    [
      { it: { ...WHATSAPP, template: "Tachograph Alert" } },
      "template: must be the name of a template, of a-z 0-9 _",
    ],
    [
      { it: { ...WHATSAPP, apiVersion: "23" } },
      "apiVersion: must be a version of the Graph API, as v23.0",
    ],
    [
      { it: { type: "pagerduty", endpoint: "events.pagerduty.com" } },
      "endpoint: must be a URL of at most 500 characters that begins with https:// or http://, " +
        "without a user, ? and #",
    ],
    [
      { it: { ...EMAIL, to: Array.from({ length: 51 }, () => "ops@example.com") } },
      "to: must be a list of 1 to 50 e-mail addresses, got 51",
    ],
    [
      { it: { ...EMAIL, to: "ops@example.com" } },
      'to: must be a list of 1 to 50 e-mail addresses, got "ops@example.com"',
    ],
  ])("refuse %j", (channels, fault) => {
    expect(faultsOf(channels)[0]).toBe(`channels.it.${fault}`);
  });

  it.each(["+5511987654321", "55 11 98765-4321", "05511987654321", "1234567", 5_511_987_650_000])(
    "refuse the telephone number %j without repeating it",
    (to) => {
      const [fault, ...more] = faultsOf({ it: { ...WHATSAPP, to } });
      expect(more).toEqual([]);
      expect(fault).toMatch(/^channels\.it\.to: must be one telephone number in quotes: country/);
      expect(fault).not.toContain(String(to));
    },
  );

  it.each([
    "ops",
    "ops@localhost",
    "@example.com",
    "a b@example.com",
    "ops@example.com\r\nBcc: x@example.com",
    "ops@example.com, x@example.com",
    "Ops <ops@example.com>",
    `${"x".repeat(65)}@example.com`,
    null,
  ])("refuse %j for a recipient", (address) => {
    expect(faultsOf({ it: { ...EMAIL, to: ["ops@example.com", address] } })).toEqual([
      "channels.it.to.1: must be an e-mail address, as ops@example.com",
    ]);
  });

  it.each(["Tachograph", "<ops@example.com>", "A\r\nBcc: b <ops@example.com>", "A <B <a@b.co>>"])(
    "refuse %j for a sender",
    (from) => {
      expect(faultsOf({ it: { ...RESEND, from } })).toEqual([
        "channels.it.from: must be an e-mail address, as ops@example.com or Tachograph " +
          "<ops@example.com>",
      ]);
    },
  );

  it("are at most 32, with names", () => {
    const channels = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, { type: "slack" }]));
    expect(faultsOf(channels(32))).toEqual([]);
    expect(faultsOf(channels(33))).toEqual(["channels: must be at most 32 channels, got 33"]);
    expect(faultsOf({ "On call": { type: "slack" } })).toEqual([
      "channels.On call: must be 1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit, got " +
        '"On call"',
    ]);
  });

  it.each([
    "https://hooks.slack.com/services/T0/B0/XXXXSECRETXXXX",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "re_SECRET-2fd0-4e22",
    "EAAGm0PX4ZCpsBASECRETSECRETSECRETSECRETSECRET",
    "0123456789ABCDEF0123456789ABCDEF",
    "",
  ])("refuse the secret %j where its name belongs, and do not repeat it", (secret) => {
    const faults = [
      ...faultsOf({ it: { type: "slack", urlSecret: secret } }),
      ...faultsOf({ it: { type: "webhook", keySecret: secret } }),
      ...faultsOf({ it: { ...RESEND, apiKeySecret: secret } }),
      ...faultsOf({ it: { ...WHATSAPP, tokenSecret: secret } }),
      ...faultsOf({ it: { type: "pagerduty", routingKeySecret: secret } }),
      ...faultsOf({ it: { type: "alertmanager", tokenSecret: secret } }),
    ];
    expect(faults).toHaveLength(6);
    for (const fault of faults) {
      expect(fault).toContain("Secret: must be the name of a binding");
      expect(fault).toContain("wrangler secret put");
      if (secret !== "") expect(fault).not.toContain(secret.slice(0, 8));
    }
  });

  it("advise on names with small letters, and on a secret in a field of its own", () => {
    expect(faultsOf({ it: { type: "slack", urlSecret: "slackUrl" } })).toEqual([
      "channels.it.urlSecret: must be the name of a binding, of A-Z 0-9 _ and as " +
        "SLACK_WEBHOOK_URL; this one has small letters",
    ]);
    expect(faultsOf({ it: { type: "slack", url: "https://hooks.slack.com/x" } })).toEqual([
      "channels.it.url: unknown field; store the secret as a binding and write the binding's name " +
        "in urlSecret",
    ]);
    expect(faultsOf({ it: "https://hooks.slack.com/x" })).toEqual([
      'channels.it: must be an object with a type, as { type: "slack" }',
    ]);
  });

  it("never throw anything but what names each fault's place", () => {
    const anyField = fc.constantFrom("urlSecret", "to", "from", "severities", "targets", "x");
    const anyEntry = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(fc.constantFrom(...CHANNEL_TYPES), fc.dictionary(anyField, fc.jsonValue()))
        .map(([type, fields]) => ({ ...fields, type })),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "B", "it"), anyEntry), (channels) => {
        for (const fault of faultsOf(channels)) expect(fault).toMatch(/^channels\.(a|B|it)\b.*: /s);
      }),
      { seed, numRuns: 300 },
    );
  });
});
