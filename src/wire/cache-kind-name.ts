/** Kinds have no colon: it ends them in a full key. */
const KIND_NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

/** Whether `kind` may name a kind of what a cache holds: as other names, without colons. */
export function isKindName(kind: unknown): kind is string {
  return typeof kind === "string" && KIND_NAME.test(kind);
}
