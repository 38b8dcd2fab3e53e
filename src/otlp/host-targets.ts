/** Longest name that a host can have, in characters (RFC 1035). */
export const MAX_HOST_LENGTH = 253;

/** Which targets hosts have. */
export class HostTargets {
  readonly #targets: ReadonlyMap<string, string>;
  /** Characters of the longest name; longer ones need not be looked up. */
  readonly #longest: number;

  /** @param hosts names in lower case, and `*` for all that have none. */
  constructor(hosts: Readonly<Record<string, string>>) {
    this.#targets = new Map(Object.entries(hosts));
    this.#longest = Math.max(...Object.keys(hosts).map(({ length }) => length), 0);
  }

  /**
   * The target of the longest name that a host is or lies below, else of `*`.
   * @returns undefined if there is none.
   */
  targetOf(host: string): string | undefined {
    const name = host.toLowerCase().replace(/\.$/, "");
    for (let rest = this.#end(name); rest !== ""; rest = parentOf(rest)) {
      const target = this.#targets.get(rest);
      if (target !== undefined) return target;
    }
    return this.#targets.get("*");
  }

  /** The name itself, or the nearest one above it that is no longer than what is looked up. */
  #end(name: string): string {
    if (name.length <= this.#longest) return name;
    return parentOf(name.slice(name.length - this.#longest - 1));
  }
}

function parentOf(host: string): string {
  const dot = host.indexOf(".");
  return dot < 0 ? "" : host.slice(dot + 1);
}
