import { validName } from "./valid-name.ts";

/**
 * The target of a host: of the longest name in `hosts` that it is or lies below, else of `*`, else
 * its own name.
 * @returns undefined if no name can be made of it.
 */
export function hostTarget(
  host: string,
  hosts: Readonly<Record<string, string>>,
): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, "");
  for (let rest = name; rest !== ""; rest = parentOf(rest)) {
    if (Object.hasOwn(hosts, rest)) return hosts[rest];
  }
  return hosts["*"] ?? validName(name);
}

function parentOf(host: string): string {
  const dot = host.indexOf(".");
  return dot < 0 ? "" : host.slice(dot + 1);
}
