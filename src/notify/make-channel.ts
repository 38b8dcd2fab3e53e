import { alertmanagerChannel } from "./alertmanager.ts";
import type { Channel, ChannelResult, SecretReader } from "./channel.ts";
import type { ChannelConfig } from "./channel-config.ts";
import { discordChannel } from "./discord.ts";
import { emailChannel } from "./email.ts";
import { pagerdutyChannel } from "./pagerduty.ts";
import { resendChannel } from "./resend.ts";
import { slackChannel } from "./slack.ts";
import { teamsChannel } from "./teams.ts";
import { webhookChannel } from "./webhook.ts";
import { parseWebhookKeys, type WebhookKey } from "./webhook-key.ts";
import { whatsappChannel } from "./whatsapp.ts";

/** Longer ones are no address that anybody was given. */
const MAX_URL_LENGTH = 4_096;

/** What may stand in a header: visible characters of ASCII. */
const TOKEN = /^[\x21-\x7e]+$/u;

const ROUTING_KEY = /^[\x21-\x7e]{32}$/u;

/**
 * The channel that a configuration asks for, with its secrets, or the secrets that it lacks: the names
 * of bindings, each with the reason if there is one that cannot be right, as
 * `SLACK_WEBHOOK_URL (is no URL)`. White space around a secret is not part of it.
 */
export function makeChannel(config: ChannelConfig, secrets: SecretReader): ChannelResult {
  const missing: string[] = [];
  const reader = new SecretsOf(secrets, missing);
  const channel = channelOf(config, reader);
  return missing.length > 0 ? { ok: false, missing } : { ok: true, channel };
}

/** A secret that is not there is an empty text here: the channel made with it is thrown away. */
function channelOf(config: ChannelConfig, secrets: SecretsOf): Channel {
  switch (config.type) {
    case "slack":
      return slackChannel(config, secrets.url(config.urlSecret));
    case "discord":
      return discordChannel(config, secrets.url(config.urlSecret));
    case "teams":
      return teamsChannel(config, secrets.url(config.urlSecret));
    case "pagerduty":
      return pagerdutyChannel(config, secrets.routingKey(config.routingKeySecret));
    case "whatsapp":
      return whatsappChannel(config, secrets.token(config.tokenSecret));
    case "resend":
      return resendChannel(config, secrets.token(config.apiKeySecret));
    case "email":
      return emailChannel(config);
    case "webhook":
      return webhookChannel(
        config,
        secrets.url(config.urlSecret),
        secrets.webhookKeys(config.keySecret),
      );
    case "alertmanager": {
      const url = secrets.url(config.urlSecret);
      const { tokenSecret } = config;
      const token = tokenSecret === undefined ? undefined : secrets.token(tokenSecret);
      return alertmanagerChannel(config, url, token);
    }
  }
}

/** Reads secrets and notes those that are missing or cannot be right. */
class SecretsOf {
  readonly #read: SecretReader;
  readonly #missing: string[];

  constructor(read: SecretReader, missing: string[]) {
    this.#read = read;
    this.#missing = missing;
  }

  url(name: string): string {
    return this.#checked(name, problemOfUrl);
  }

  token(name: string): string {
    return this.#checked(name, (text) =>
      TOKEN.test(text) ? null : "holds characters that no token has",
    );
  }

  routingKey(name: string): string {
    return this.#checked(name, (text) =>
      ROUTING_KEY.test(text) ? null : "is no routing key: those have 32 characters",
    );
  }

  webhookKeys(name: string): readonly WebhookKey[] {
    const text = this.#checked(name, () => null);
    if (text === "") return [];
    const parsed = parseWebhookKeys(text);
    if (parsed.ok) return parsed.keys;
    this.#missing.push(`${name} (${parsed.problem})`);
    return [];
  }

  #checked(name: string, problemOf: (text: string) => string | null): string {
    const text = (this.#read(name) ?? "").trim();
    const problem = text === "" ? null : problemOf(text);
    if (text === "") this.#missing.push(name);
    if (problem !== null) this.#missing.push(`${name} (${problem})`);
    return text;
  }
}

function problemOfUrl(text: string): string | null {
  const url = /\s/u.test(text) || text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (url === null) return "is no URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "is no http or https URL";
  return url.username !== "" || url.password !== "" ? "must not hold a user or a password" : null;
}
