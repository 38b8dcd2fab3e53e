/** The member of `value` at `path`, where a dot steps into an object; undefined if there is none. */
export function memberAt(value: unknown, path: string): unknown {
  return path.split(".").reduce(member, value);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map(Object.entries(value)).get(name);
}
