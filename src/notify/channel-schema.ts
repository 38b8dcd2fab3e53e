import * as v from "valibot";
import { LANGUAGES, SEVERITIES, type Severity } from "../alerts/rule.ts";
import {
  checked,
  choice,
  fieldsOf,
  group,
  isPlainObject,
  listOf,
  mustBeOneOf,
  pathTo,
  recordOf,
  webUrl,
  yesOrNo,
} from "../config-schema-parts.ts";
import { isName, WHOLE_TARGET } from "../names.ts";
import { bindingName } from "./binding-name.ts";
import { CHANNEL_TYPES, type ChannelConfig, type ChannelType } from "./channel-config.ts";
import { NOTICE_EVENTS } from "./notice.ts";
import { mailbox, namedMailbox } from "./mailbox.ts";

/** Most channels: each has its queue, and each alert a message for each. */
const MAX_CHANNELS = 32;

/** What Resend and Cloudflare's e-mail service take. */
const MAX_RECIPIENTS = 50;

const MAX_TARGETS = 1000;
const MAX_OPERATIONS = 1000;
const MAX_RULES = 100;
const MAX_TENANTS = 1000;

const targetName = checked<string>(
  "a target's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit",
  isName,
);

const operationName = checked<string>(
  "an operation's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit, or * for a " +
    "target as a whole",
  (value) => value === WHOLE_TARGET || isName(value),
);

const ruleName = checked<string>(
  "a rule's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit",
  isName,
);

/** Who was told that something fires is told what follows; who was not has nothing to be told. */
const events = v.pipe(
  listOf(choice(NOTICE_EVENTS), 1, NOTICE_EVENTS.length, "events"),
  v.check(
    (list) => list.includes("firing"),
    `must contain firing: ${NOTICE_EVENTS.slice(1).join(" and ")} follow it`,
  ),
);

const tenantName = checked<string>(
  "a tenant's name, 1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit",
  isName,
);

/** What a type of channel is told unless it says otherwise. */
function common(severities: readonly Severity[], reports: boolean) {
  return {
    severities: v.optional(listOf(choice(SEVERITIES), 0, SEVERITIES.length, "severities"), [
      ...severities,
    ]),
    tenants: orUndefined(listOf(tenantName, 1, MAX_TENANTS, "tenants")),
    targets: orUndefined(listOf(targetName, 1, MAX_TARGETS, "targets")),
    operations: orUndefined(listOf(operationName, 1, MAX_OPERATIONS, "operations")),
    rules: orUndefined(listOf(ruleName, 1, MAX_RULES, "rules' names")),
    events: v.optional(events, [...NOTICE_EVENTS]),
    reports: yesOrNo(reports),
    language: orUndefined(choice(LANGUAGES)),
  };
}

/** A field that is undefined, and there, where it is left out or null. */
function orUndefined<Output>(schema: v.GenericSchema<unknown, Output>) {
  return v.pipe(
    v.optional(v.nullable(schema), null),
    v.transform((value) => value ?? undefined),
  );
}

const URGENT = common(["CRITICAL", "HIGH"], false);
const MAIL = common(["CRITICAL", "HIGH", "MEDIUM"], true);
const CHAT = common(["CRITICAL", "HIGH", "MEDIUM"], false);

/** Numbers, names and addresses are not repeated in messages: they are people's. */
function written(what: string, pattern: RegExp) {
  return v.custom<string>(
    (value) => typeof value === "string" && pattern.test(value),
    `must be ${what}`,
  );
}

const recipients = listOf(mailbox, 1, MAX_RECIPIENTS, "e-mail addresses");

const secret = (byDefault: string) => v.optional(bindingName, byDefault);

/** The fields of each type, with their defaults. */
const ENTRIES = {
  whatsapp: {
    type: v.literal("whatsapp"),
    ...URGENT,
    tokenSecret: secret("WHATSAPP_TOKEN"),
    phoneNumberId: written("the id of a phone number, 5 to 32 digits in quotes", /^\d{5,32}$/),
    to: written(
      "one telephone number in quotes: country, area and number, 8 to 15 digits without + and " +
        "spaces, as 5511987654321; a channel each for several people",
      /^[1-9]\d{7,14}$/,
    ),
    template: written("the name of a template, of a-z 0-9 _", /^[a-z0-9_]{1,512}$/),
    apiVersion: v.optional(
      written("a version of the Graph API, as v23.0", /^v\d{1,3}\.\d{1,2}$/),
      "v23.0",
    ),
    endpoint: v.optional(webUrl, "https://graph.facebook.com"),
  },
  resend: {
    type: v.literal("resend"),
    ...MAIL,
    apiKeySecret: secret("RESEND_API_KEY"),
    endpoint: v.optional(webUrl, "https://api.resend.com"),
    from: namedMailbox,
    to: recipients,
  },
  email: {
    type: v.literal("email"),
    ...MAIL,
    binding: v.optional(bindingName, "EMAIL"),
    from: mailbox,
    to: recipients,
  },
  slack: { type: v.literal("slack"), ...CHAT, urlSecret: secret("SLACK_WEBHOOK_URL") },
  discord: { type: v.literal("discord"), ...CHAT, urlSecret: secret("DISCORD_WEBHOOK_URL") },
  pagerduty: {
    type: v.literal("pagerduty"),
    ...CHAT,
    routingKeySecret: secret("PAGERDUTY_ROUTING_KEY"),
    endpoint: v.optional(webUrl, "https://events.pagerduty.com"),
  },
  teams: { type: v.literal("teams"), ...CHAT, urlSecret: secret("TEAMS_WEBHOOK_URL") },
  webhook: {
    type: v.literal("webhook"),
    ...CHAT,
    urlSecret: secret("WEBHOOK_URL"),
    keySecret: secret("WEBHOOK_SECRET"),
  },
  alertmanager: {
    type: v.literal("alertmanager"),
    ...CHAT,
    urlSecret: secret("ALERTMANAGER_WEBHOOK_URL"),
    tokenSecret: orUndefined(bindingName),
  },
} as const satisfies Readonly<Record<ChannelType, v.ObjectEntries>>;

/** The same with their types; what it reads has been checked by {@link group}. */
const typed: v.GenericSchema<unknown, ChannelConfig> = v.variant("type", [
  v.object(ENTRIES.whatsapp),
  v.object(ENTRIES.resend),
  v.object(ENTRIES.email),
  v.object(ENTRIES.slack),
  v.object(ENTRIES.discord),
  v.object(ENTRIES.pagerduty),
  v.object(ENTRIES.teams),
  v.object(ENTRIES.webhook),
  v.object(ENTRIES.alertmanager),
]);

const channel: v.GenericSchema<unknown, ChannelConfig> = v.lazy((input) => {
  const type = isPlainObject(input) ? typeOf(input) : undefined;
  return type === undefined ? withoutType : SCHEMAS[type];
});

const SCHEMAS: Readonly<Record<ChannelType, v.GenericSchema<unknown, ChannelConfig>>> = {
  whatsapp: schemaOf("whatsapp"),
  resend: schemaOf("resend"),
  email: schemaOf("email"),
  slack: schemaOf("slack"),
  discord: schemaOf("discord"),
  pagerduty: schemaOf("pagerduty"),
  teams: schemaOf("teams"),
  webhook: schemaOf("webhook"),
  alertmanager: schemaOf("alertmanager"),
};

const withoutType = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, ChannelConfig>(({ dataset: { value }, addIssue, NEVER }) => {
    if (isPlainObject(value)) {
      const message = mustBeOneOf(CHANNEL_TYPES, fieldsOf(value)["type"]);
      addIssue({ message, path: pathTo(value, "type") });
    } else {
      // Not repeated: a URL that stands here is a secret.
      addIssue({ message: 'must be an object with a type, as { type: "slack" }' });
    }
    return NEVER;
  }),
);

function typeOf(input: object): ChannelType | undefined {
  const { type } = fieldsOf(input);
  return CHANNEL_TYPES.find((known) => known === type);
}

function schemaOf(type: ChannelType): v.GenericSchema<unknown, ChannelConfig> {
  const entries: v.ObjectEntries = ENTRIES[type];
  return v.pipe(
    group(entries, [], (key) => explainField(key, Object.keys(entries))),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const { severities, reports } = dataset.value;
      if (!Array.isArray(severities) || severities.length > 0 || reports === true) return;
      const message = "is empty, and reports is false: this channel would never be told anything";
      addIssue({ message, path: pathTo(dataset.value, "severities") });
    }),
    v.transform((fields) => v.parse(typed, fields)),
  );
}

/** What to say of a field in which a secret is expected by whoever knows the vendor's words. */
function explainField(key: string, known: readonly string[]): string | undefined {
  const field = `${key}Secret`;
  if (!known.includes(field)) return undefined;
  return `unknown field; store the secret as a binding and write the binding's name in ${field}`;
}

const channelName = checked<string>(
  "1 to 64 of a-z 0-9 _ . : - that begin with a letter or digit",
  isName,
);

/** The channels of a configuration, by their names. */
export const channelsSchema = v.pipe(
  recordOf(channelName, channel),
  v.check(
    (channels) => channels.size <= MAX_CHANNELS,
    ({ input }) => `must be at most ${MAX_CHANNELS} channels, got ${input.size}`,
  ),
  v.transform((channels): Readonly<Record<string, ChannelConfig>> => Object.fromEntries(channels)),
);
