import { env } from "cloudflare:workers";
import type { TachographBinding } from "../../src/wire/report.ts";

/**
 * A tracking Worker's service binding, of the tenant `bound-acme`, as another isolate has it. The
 * client keeps what it knows by the binding, and files share their modules: call it once in each.
 */
export function ownTracker(): TachographBinding {
  const { TRACKER_ACME } = env;
  return {
    report: (request) => TRACKER_ACME.report(request),
    permit: (request) => TRACKER_ACME.permit(request),
    cacheLog: (since, cache) => present(TRACKER_ACME.cacheLog?.(since, cache)),
    invalidateCache: (cache, scopes, since) =>
      present(TRACKER_ACME.invalidateCache?.(cache, scopes, since)),
  };
}

/** A namespace as another isolate has it: a cache keeps its first layer by it. */
export function ownNamespace(namespace: KVNamespace): KVNamespace {
  return new Proxy(namespace, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function"
        ? (...args: unknown[]): unknown => Reflect.apply(value, target, args)
        : value;
    },
  });
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the binding lacks the method");
  return value;
}
