import { isName } from "../../names.ts";
import { RecentMap } from "./recent-map.ts";
import { MAX_READ_LENGTH, sqlFingerprint } from "./sql-fingerprint.ts";

/** A query as it is recorded. */
export interface D1Query {
  /** A valid operation. */
  readonly name: string;
  /** The query without its literals, as `sqlFingerprint` writes it. */
  readonly normalForm: string;
}

/** What is known of a text, whoever runs it. */
interface KnownQuery extends D1Query {
  /** Whether the text itself names it, by a comment. */
  readonly isNamed: boolean;
  /** What is wrong with the name that was given, until it has been told. */
  complaint: string | undefined;
}

const MAX_TEXTS = 500;
const MAX_TEXTS_LENGTH = 250_000;

// Of the isolate, since a wrapper may live for one request only.
const known = new RecentMap<KnownQuery>(MAX_TEXTS, MAX_TEXTS_LENGTH);

/** Tells what is wrong with a name that cannot be used. */
export type Complain = (complaint: string) => void;

/**
 * Names the query of `sql`: by the comment at its start, else by `nameOf`, else by its fingerprint.
 * A name that is no valid operation is not used, and complained about once for a text.
 *
 * @param nameOf - May throw.
 */
export function d1Query(
  sql: unknown,
  nameOf: ((sql: string) => string | undefined) | undefined,
  complain: Complain,
): D1Query {
  const text = typeof sql === "string" ? sql : "";
  // A longer one is no hand-written query: it is not kept, and only its start is looked at.
  const query = text.length > MAX_READ_LENGTH ? learn(text) : known.get(text, learn);
  if (query.complaint !== undefined) {
    complain(query.complaint);
    query.complaint = undefined;
  }
  if (nameOf === undefined || query.isNamed) return query;
  return withName(query, nameOf(text), complain);
}

function learn(sql: string): KnownQuery {
  const { operation, normalForm, givenName } = sqlFingerprint(sql);
  if (isName(givenName))
    return { name: givenName, normalForm, isNamed: true, complaint: undefined };
  const complaint = givenName === undefined ? undefined : complaintAbout(givenName);
  return { name: operation, normalForm, isNamed: false, complaint };
}

const unusable = new RecentMap<{ isTold: boolean }>(100, 10_000);

function withName(query: D1Query, name: unknown, complain: Complain): D1Query {
  if (name === undefined) return query;
  if (isName(name)) return { name, normalForm: query.normalForm };
  const complaint = complaintAbout(name);
  const told = unusable.get(complaint, () => ({ isTold: false }));
  if (!told.isTold) complain(complaint);
  told.isTold = true;
  return query;
}

function complaintAbout(name: unknown): string {
  const shown = typeof name === "string" ? name.slice(0, 80) : typeof name;
  return `"${shown}" is no name for a query: use a-z, 0-9 and _.:- (at most 64, a letter or digit first)`;
}
