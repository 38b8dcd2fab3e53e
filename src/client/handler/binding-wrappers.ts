import type { D1Options } from "../d1/d1-options.ts";
import { instrumentD1 } from "../d1/instrument-d1.ts";
import type { InstrumentKVOptions } from "../kv/instrument-kv.ts";
import { instrumentKV } from "../kv/instrument-kv.ts";
import type { InstrumentQueueOptions } from "../queue/instrument-queue.ts";
import { instrumentQueue } from "../queue/instrument-queue.ts";
import type { WrapBinding } from "./instrument-env.ts";

/** The names of those properties of `Env` that are a `Binding`. */
export type BindingName<Env, Binding> = {
  [Name in keyof Env]-?: NonNullable<Env[Name]> extends Binding ? Name : never;
}[keyof Env];

/** Some bindings by name: as a list, or each with its options. */
export type NamedBindings<Name extends PropertyKey, Options> =
  | readonly Name[]
  | { readonly [One in Name]?: Options };

/** Which bindings are instrumented. Several of a kind share a target unless their options say one. */
export interface InstrumentedBindings<Env> {
  /** Databases, for `instrumentD1`. */
  readonly d1?: NamedBindings<BindingName<Env, D1Database>, D1Options> | undefined;
  /** Namespaces, for `instrumentKV`. */
  readonly kv?: NamedBindings<BindingName<Env, KVNamespace>, InstrumentKVOptions> | undefined;
  /** Queues that are sent to, for `instrumentQueue`. */
  readonly queues?: NamedBindings<BindingName<Env, Queue>, InstrumentQueueOptions> | undefined;
}

/** What instruments each named binding. One that is not what it is said to be is refused by it. */
export function bindingWrappers<Env>(
  named: InstrumentedBindings<Env>,
): ReadonlyMap<PropertyKey, WrapBinding> {
  const wrappers = new Map<PropertyKey, WrapBinding>();
  for (const [name, options] of optionsByName<D1Options>(named.d1)) {
    wrappers.set(name, (bare, recorder) => {
      if (!isDatabase(bare)) throw new TypeError("it is no D1 database: see the option d1");
      return instrumentD1(bare, recorder, options);
    });
  }
  for (const [name, options] of optionsByName<InstrumentKVOptions>(named.kv)) {
    wrappers.set(name, (bare, recorder) => {
      if (!isNamespace(bare)) throw new TypeError("it is no KV namespace: see the option kv");
      return instrumentKV(bare, recorder, options);
    });
  }
  for (const [name, options] of optionsByName<InstrumentQueueOptions>(named.queues)) {
    wrappers.set(name, (bare, recorder) => {
      if (!isQueue(bare)) throw new TypeError("it is no queue: see the option queues");
      return instrumentQueue(bare, recorder, options);
    });
  }
  return wrappers;
}

function optionsByName<Options>(
  named: NamedBindings<PropertyKey, Options> | undefined,
): [PropertyKey, Options | undefined][] {
  if (named === undefined) return [];
  if (isList(named)) return named.map((name) => [name, undefined]);
  return Object.entries(named);
}

function isList<Options>(
  named: NamedBindings<PropertyKey, Options>,
): named is readonly PropertyKey[] {
  return Array.isArray(named);
}

function isDatabase(value: unknown): value is D1Database {
  return hasMethod(value, "prepare");
}

function isNamespace(value: unknown): value is KVNamespace {
  return hasMethod(value, "getWithMetadata");
}

function isQueue(value: unknown): value is Queue {
  return hasMethod(value, "sendBatch");
}

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function"
  );
}
