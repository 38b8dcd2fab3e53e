import type { Language } from "../alerts/rule.ts";
import type { Message } from "./notice.ts";

/** What every message of a channel is made with. */
export interface MessageContext {
  readonly tenant: string;
  readonly language: Language;
  /** IANA name of the time zone that times are written in. */
  readonly timeZone: string;
  /** Where the page is, without a slash at the end; null if the configuration does not say. */
  readonly dashboardUrl: string | null;
  /** The same at every attempt for this message, and for no other: at most 200 of `[A-Za-z0-9:._/-]`. */
  readonly idempotencyKey: string;
  /** Of this attempt, epoch milliseconds. */
  readonly nowMs: number;
}

/** What a channel wants to be sent. */
export type Outgoing =
  | {
      readonly via: "http";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** The body of a POST. */
      readonly body: string;
    }
  /** By a `send_email` binding of the Worker. */
  | {
      readonly via: "email";
      readonly binding: string;
      readonly mail: {
        readonly from: string;
        readonly to: readonly string[];
        readonly subject: string;
        readonly text: string;
        readonly html: string;
        readonly headers: Readonly<Record<string, string>>;
      };
    };

/** An answer, bounded: of the body at most the first 16 KiB. Header names are in lower case. */
export interface ChannelAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What became of an attempt. */
export type Verdict =
  | { readonly kind: "delivered"; readonly detail: string }
  /** Worth another attempt, not before `retryAfterMs` if the receiver said so. */
  | { readonly kind: "retry"; readonly detail: string; readonly retryAfterMs?: number | undefined }
  /** No attempt with this message can succeed. */
  | { readonly kind: "dead"; readonly detail: string }
  /** No attempt with any message can succeed until somebody changes a setting (401, 404, 410 …). */
  | { readonly kind: "disabled"; readonly detail: string };

/**
 * One channel as it is configured: pure, it makes requests and reads answers. Whatever it takes from
 * a notice it escapes for its medium: a target may be named like markup.
 */
export interface Channel {
  readonly type: string;
  /** Most alerts in one message; 1 for those that keep incidents apart. */
  readonly maxAlerts: number;
  /** The shortest time between two messages, milliseconds. */
  readonly paceMs: number;
  /** Whether a message of this kind makes sense here. */
  takes(kind: Message["kind"]): boolean;
  /** May be asynchronous, for signatures. Never throws for any message. */
  compose(message: Message, context: MessageContext): Outgoing | Promise<Outgoing>;
  /** Reads what came back. Garbage gets a verdict, too. */
  read(answer: ChannelAnswer): Verdict;
}

/** Reads a binding by its name: a secret's text, or undefined if it is not set. */
export type SecretReader = (name: string) => string | undefined;

/** A channel, or the secrets that it lacks. */
export type ChannelResult =
  | { readonly ok: true; readonly channel: Channel }
  | { readonly ok: false; readonly missing: readonly string[] };
