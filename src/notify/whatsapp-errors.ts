import type { Verdict } from "./channel.ts";

/** What an error of the Cloud API means for us. */
interface CodeMeaning {
  readonly kind: Exclude<Verdict["kind"], "delivered">;
  /** What it is, and what to do: Meta's own texts for a code change. */
  readonly words: string;
  readonly retryAfterMs?: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * The codes of the Cloud API, by its reference "Error codes", that a template message can meet. Codes
 * are what Meta asks to branch on: its HTTP statuses differ between accounts and versions, and
 * subcodes are deprecated.
 */
const MEANINGS: ReadonlyMap<number, CodeMeaning> = new Map([
  // Throttling.
  [4, retry("the app calls too often", 5 * MINUTE_MS)],
  [80007, retry("the business account calls too often", 5 * MINUTE_MS)],
  [130429, retry("the number sends too fast", MINUTE_MS)],
  [131048, retry("too many of the number's messages were blocked or reported as spam", HOUR_MS)],
  [131049, retry("Meta holds messages to this recipient back for now", HOUR_MS)],
  [131056, retry("too many messages to this recipient", MINUTE_MS)],
  [133016, retry("the number was registered too often", HOUR_MS)],
  // Passing troubles of Meta.
  [1, retry("an unknown error of the API")],
  [2, retry("the API is down or overloaded")],
  [131000, retry("something went wrong at Meta")],
  [131016, retry("a service at Meta is overloaded")],
  [131057, retry("the account is under maintenance", 10 * MINUTE_MS)],
  [133004, retry("the server is not available")],
  [132015, retry("the template is paused for its low quality, for hours", HOUR_MS)],
  // Access.
  [0, disabled("the app cannot be authenticated: make a new access token")],
  [3, disabled("the app may not call this: check the permissions of the token")],
  [10, disabled("the token lacks whatsapp_business_messaging")],
  [190, disabled("the access token has expired or is invalid: make a new one")],
  [131005, disabled("access is denied: check the permissions of the token")],
  // The account and its number.
  [33, disabled("the sending number does not exist any more: check phoneNumberId")],
  [368, disabled("the account is restricted for violating a policy")],
  [130497, disabled("the account may not send to this country")],
  [131021, disabled("sender and recipient are the same number")],
  [131030, disabled("the recipient is not among those that a test number may send to")],
  [131031, disabled("the account is locked")],
  [131037, disabled("the number's display name is not approved yet")],
  [131042, disabled("the account's payment method does not work")],
  [131045, disabled("the number is not registered: register it")],
  [133010, disabled("the number is not registered: register it")],
  // The template.
  [132000, disabled("the template has another number of parameters than Tachograph's")],
  [132001, disabled("there is no approved template of this name in this language")],
  [132012, disabled("the template's parameters are of another kind than Tachograph's")],
  [132016, disabled("the template is disabled for its low quality: have a new one approved")],
  // The one message.
  [100, dead("a parameter of the request is not valid")],
  [130472, dead("Meta does not deliver this one: the number is part of an experiment")],
  [131008, dead("a parameter is missing")],
  [131009, dead("a parameter has a value that is not valid")],
  [
    131026,
    dead("it cannot be delivered: the number is not on WhatsApp, or has not accepted its terms"),
  ],
  [131047, dead("free text is not delivered after 24 hours without a message of the recipient")],
  [131051, dead("messages of this type are not supported")],
  [132005, dead("the text is too long")],
  [132007, dead("the text violates a policy")],
  [132018, dead("a parameter of the template has forbidden characters")],
]);

/** What the Cloud API's `code` means, or undefined for one that is not known. */
export function whatsappCode(code: number): CodeMeaning | undefined {
  const known = MEANINGS.get(code);
  if (known !== undefined) return known;
  if (code >= 200 && code <= 299) return disabled("the token lacks a permission");
  if (code >= 132_000 && code <= 132_999) return dead("the template cannot be sent");
  return undefined;
}

function retry(words: string, retryAfterMs?: number): CodeMeaning {
  return retryAfterMs === undefined
    ? { kind: "retry", words }
    : { kind: "retry", words, retryAfterMs };
}

function disabled(words: string): CodeMeaning {
  return { kind: "disabled", words };
}

function dead(words: string): CodeMeaning {
  return { kind: "dead", words };
}
