import { HostTargets } from "./host-targets.ts";
import { validName } from "./valid-name.ts";

/**
 * Makes names of what the attributes of a request say, of each text once: thousands of points repeat
 * the same few, and those of a resource may be long. It remembers every text, so it is made anew for
 * each request.
 */
export class PlaceNames {
  readonly #hosts: HostTargets;
  readonly #targets = new Map<string, string | undefined>();
  readonly #names = new Map<string, string | undefined>();

  constructor(hosts: Readonly<Record<string, string>>) {
    this.#hosts = new HostTargets(hosts);
  }

  /** The target that a host has in the configuration; undefined if it has none. */
  hostTarget(host: string): string | undefined {
    return once(this.#targets, host, () => this.#hosts.targetOf(host));
  }

  /** {@link validName} */
  validName(text: string): string | undefined {
    return once(this.#names, text, () => validName(text));
  }
}

function once(
  known: Map<string, string | undefined>,
  text: string,
  find: () => string | undefined,
): string | undefined {
  if (known.has(text)) return known.get(text);
  const found = find();
  known.set(text, found);
  return found;
}
