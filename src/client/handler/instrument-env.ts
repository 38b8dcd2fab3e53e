import { isFixedProperty } from "../is-fixed-property.ts";
import type { Recorder } from "../recorder.ts";

/** Makes what a handler finds in place of one binding. */
export type WrapBinding = (bare: unknown, recorder: Recorder) => unknown;

interface KnownBinding {
  readonly bare: unknown;
  readonly wrapped: unknown;
}

/**
 * An `env` for one invocation, in which some bindings are instrumented, each when it is first read.
 * All else is that of the bare one: the other bindings, the names and their order, what is written to
 * it. It is a new object for each invocation, for what is recorded belongs to one; so nothing should
 * be remembered by `env` itself from one invocation to the next.
 *
 * @param wrappers - By the binding's name. When none is named, `env` itself is returned.
 */
export function instrumentEnv<Env>(
  env: Env,
  wrappers: ReadonlyMap<PropertyKey, WrapBinding>,
  recorder: Recorder,
): Env {
  if (wrappers.size === 0 || typeof env !== "object" || env === null) return env;
  const bindings = new Map<PropertyKey, KnownBinding>();
  return new Proxy(env, {
    get(target, name) {
      const bare: unknown = Reflect.get(target, name, target);
      const wrap = wrappers.get(name);
      if (wrap === undefined) return bare;
      const known = bindings.get(name);
      if (known !== undefined && known.bare === bare) return known.wrapped;
      const wrapped = wrapSafely(bare, wrap, recorder, target, name);
      bindings.set(name, { bare, wrapped });
      return wrapped;
    },
  });
}

function wrapSafely(
  bare: unknown,
  wrap: WrapBinding,
  recorder: Recorder,
  env: object,
  name: PropertyKey,
): unknown {
  try {
    if (isFixedProperty(env, name)) throw new TypeError("it is frozen");
    return wrap(bare, recorder);
  } catch (error) {
    recorder.noteFailure(`env.${String(name)}`, error);
    return bare;
  }
}
