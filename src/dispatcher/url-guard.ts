/** Whether a URL may be called, and if not, why and what to do. */
export type UrlCheck =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: string };

/** IPv4 blocks that are no public unicast addresses (IANA IPv4 Special-Purpose Address Registry, and 224/4). */
const PRIVATE_V4: readonly (readonly [address: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Public unicast addresses of IPv6 begin so (RFC 4291); what is not in it is refused as a whole. */
const PUBLIC_V6 = ["2000::", 3] as const;

/**
 * Blocks of {@link PUBLIC_V6} that are not public (IANA IPv6 Special-Purpose Address Registry), or
 * that carry an IPv4 address: protocol assignments with Teredo, documentation, 6to4.
 */
const SPECIAL_V6: readonly (readonly [address: string, bits: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Names that are resolved inside a network only (RFC 6761, RFC 6762, RFC 8375, and ICANN's .internal). */
const PRIVATE_ZONES = ["localhost", "local", "internal", "home.arpa", "localdomain"];

const HOW_TO_ALLOW =
  "set delivery.allowPrivateUrls to true in tachograph.config.ts if it is meant to be called";

/** What a URL must be. */
export interface UrlRules {
  readonly allowPrivate: boolean;
  /** What the URL is called in a reason. Default: the URL of the channel. */
  readonly what?: string;
}

/**
 * Whether a message may be sent to `text`: an `https:` URL without credentials that does not lead
 * into a private network. With `allowPrivate`, `http:` and private addresses may be called, too.
 *
 * It knows an address in any spelling that URLs have, but a name it cannot look up before it is
 * called: in workerd there is no way to learn what it resolves to, so a public name for a private
 * address is not noticed. Deployed Workers cannot reach private addresses by themselves.
 */
export function checkWebhookUrl(
  text: string,
  { allowPrivate, what = "the URL of the channel" }: UrlRules,
): UrlCheck {
  const url = URL.parse(text);
  if (url === null) return refused(`${what} is no URL`);
  if (url.username !== "" || url.password !== "") {
    return refused(`${what} has a user name or password in it: leave them out`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return refused(`${what} has the scheme "${url.protocol}": it must be https:`);
  }
  if (allowPrivate) return { ok: true, url };
  if (url.protocol === "http:") {
    return refused(`${what} is http: and not https:; ${HOW_TO_ALLOW}`);
  }
  if (isPrivateHost(url.hostname)) {
    return refused(`${what} leads to ${url.hostname}, which is no public address; ${HOW_TO_ALLOW}`);
  }
  return { ok: true, url };
}

function refused(reason: string): UrlCheck {
  return { ok: false, reason };
}

/** @param hostname - of a URL, so in lower case and with addresses in their one spelling. */
function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/\.+$/, "");
  if (name.startsWith("[")) return isPrivateV6(parseV6(name.slice(1, -1)));
  const v4 = parseV4(name);
  if (v4 !== undefined)
    return PRIVATE_V4.some(([block, bits]) => isIn(v4, parseV4(block), bits, 32));
  // A name without a dot is of the network that one is in.
  if (!name.includes(".")) return true;
  return PRIVATE_ZONES.some((zone) => name === zone || name.endsWith(`.${zone}`));
}

function isPrivateV6(address: bigint | undefined): boolean {
  // What a URL took and this does not is not let through.
  if (address === undefined) return true;
  const [block, bits] = PUBLIC_V6;
  if (!isIn(address, parseV6(block), bits, 128)) return true;
  return SPECIAL_V6.some(([special, length]) => isIn(address, parseV6(special), length, 128));
}

function isIn(address: bigint, block: bigint | undefined, bits: number, width: 32 | 128): boolean {
  const rest = BigInt(width - bits);
  return block !== undefined && address >> rest === block >> rest;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

/** @param text - as URLs spell it: groups in hexadecimal, at most one `::`. */
function parseV6(text: string): bigint | undefined {
  const [head = "", tail] = text.split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const missing = 8 - before.length - after.length;
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => "0"), ...after];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return groups.reduce((sum, group) => sum * 0x10000n + BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}
