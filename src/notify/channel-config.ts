import type { Language, Severity } from "../alerts/rule.ts";
import type { NoticeEvent } from "./notice.ts";

/** What every channel is told, whatever its type. */
export interface ChannelCommon {
  /** Alerts of these severities are told here. */
  readonly severities: readonly Severity[];
  /**
   * The tenants that have this channel; undefined for every one: then each tenant's messages come
   * here, and say whose they are.
   */
  readonly tenants: readonly string[] | undefined;
  /** Only alerts of these targets; undefined for all. */
  readonly targets: readonly string[] | undefined;
  /** Only alerts of these operations, `*` for targets as a whole; undefined for all. */
  readonly operations: readonly string[] | undefined;
  /** Only alerts of these rules; undefined for all. */
  readonly rules: readonly string[] | undefined;
  /** What is told of them: that they fire, at least. */
  readonly events: readonly NoticeEvent[];
  /** Whether the daily and the weekly report are sent here. */
  readonly reports: boolean;
  /** What its messages are written in; undefined for `messages.language`. */
  readonly language: Language | undefined;
}

/**
 * A channel as configured. Fields that end in `Secret` hold the *name* of a binding (a secret or a
 * variable of the Worker), never the secret itself.
 */
export type ChannelConfig = ChannelCommon &
  (
    | {
        readonly type: "whatsapp";
        /** Binding with the access token of the Cloud API. Default `WHATSAPP_TOKEN`. */
        readonly tokenSecret: string;
        /** Id of the number that sends, as Meta shows it. */
        readonly phoneNumberId: string;
        /** The recipient, E.164 without the plus. A channel each for several people: each has its pace. */
        readonly to: string;
        /** Name of the approved template. */
        readonly template: string;
        /** Version of the Graph API, as `v23.0`. */
        readonly apiVersion: string;
        /** Where the Cloud API is. Default `https://graph.facebook.com`. */
        readonly endpoint: string;
      }
    | {
        readonly type: "resend";
        /** Binding with the API key. Default `RESEND_API_KEY`. */
        readonly apiKeySecret: string;
        /** Where Resend's API is. Default `https://api.resend.com`. */
        readonly endpoint: string;
        /** The sender, of a domain that is verified there. */
        readonly from: string;
        /** The recipients. */
        readonly to: readonly string[];
      }
    | {
        readonly type: "email";
        /** Name of the `send_email` binding. Default `EMAIL`. */
        readonly binding: string;
        /** The sender, of a domain that Email Routing serves. */
        readonly from: string;
        /** The recipients. */
        readonly to: readonly string[];
      }
    | {
        readonly type: "slack";
        /** Binding with the URL of the incoming webhook. Default `SLACK_WEBHOOK_URL`. */
        readonly urlSecret: string;
      }
    | {
        readonly type: "discord";
        /** Binding with the URL of the incoming webhook. Default `DISCORD_WEBHOOK_URL`. */
        readonly urlSecret: string;
      }
    | {
        readonly type: "pagerduty";
        /** Binding with the integration key. Default `PAGERDUTY_ROUTING_KEY`. */
        readonly routingKeySecret: string;
        /** Where the Events API is. Default `https://events.pagerduty.com`; `https://events.eu.pagerduty.com` in Europe. */
        readonly endpoint: string;
      }
    | {
        readonly type: "teams";
        /** Binding with the URL of the incoming webhook. Default `TEAMS_WEBHOOK_URL`. */
        readonly urlSecret: string;
      }
    | {
        /** Signed as Standard Webhooks say. */
        readonly type: "webhook";
        /** Binding with the receiver's URL. Default `WEBHOOK_URL`. */
        readonly urlSecret: string;
        /** Binding with one or more keys `whsec_…`, separated by spaces (rotation). Default `WEBHOOK_SECRET`. */
        readonly keySecret: string;
      }
    | {
        /** As Alertmanager's webhook receiver, version 4. */
        readonly type: "alertmanager";
        /** Binding with the receiver's URL. Default `ALERTMANAGER_WEBHOOK_URL`. */
        readonly urlSecret: string;
        /** Binding with a bearer token for the receiver; undefined for none. */
        readonly tokenSecret: string | undefined;
      }
  );

export type ChannelType = ChannelConfig["type"];

export const CHANNEL_TYPES = [
  "whatsapp",
  "resend",
  "email",
  "slack",
  "discord",
  "pagerduty",
  "teams",
  "webhook",
  "alertmanager",
] as const satisfies readonly ChannelType[];
