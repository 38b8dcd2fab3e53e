import * as v from "valibot";

const MAX_ADDRESS = 254;

/** No quotes, no comments, no control characters: nothing that could end a header. */
const ADDRESS = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/i;

/** What stands before an address in angle brackets. */
const NAMED = /^(?<name>[^<>"@,;:\\\p{Cc}]{1,100}) <(?<address>[^<>]+)>$/u;

/** A plausible e-mail address. Never repeated in a message: it is somebody's. */
export const mailbox = v.custom<string>(isAddress, "must be an e-mail address, as ops@example.com");

/** The same, or with a name before it. */
export const namedMailbox = v.custom<string>((value) => {
  const address = typeof value === "string" ? NAMED.exec(value)?.groups?.["address"] : undefined;
  return isAddress(address ?? value);
}, "must be an e-mail address, as ops@example.com or Tachograph <ops@example.com>");

function isAddress(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_ADDRESS && ADDRESS.test(value);
}
