import { isFixedProperty } from "./is-fixed-property.ts";

/**
 * Stands between a caller and one method.
 *
 * @param call - Makes the bare call.
 * @returns What the caller gets.
 */
export type Interceptor = (call: () => unknown, args: readonly unknown[]) => unknown;

interface KnownMethod {
  readonly bare: unknown;
  readonly wrapped: unknown;
}

/** What each wrapped object stands for. */
const bares = new WeakMap<object, object>();

/** What an object stands for that {@link wrapObject} gave; undefined for any other. */
export function wrappedBare(object: object): object | undefined {
  return bares.get(object);
}

/**
 * An object that is used like `bare`, whose methods of certain names go through interceptors. All
 * else is that of `bare`: its properties, its prototype, what is written to it, and the names and
 * lengths of its methods. A native object refuses to be called as anybody else, so its methods get
 * `bare` for the wrapped object as `this`, and any other `this` as it is.
 *
 * @param object - One that is wrapped already is wrapped anew, without its earlier interceptors.
 */
export function wrapObject<Bare extends object>(
  object: Bare,
  interceptors: Readonly<Record<string, Interceptor>>,
): Bare {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has the type of its wrapper
  const bare = (wrappedBare(object) ?? object) as Bare;
  const methods = new Map<PropertyKey, KnownMethod>();
  const wrapped: Bare = new Proxy(bare, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      const known = methods.get(name);
      if (known?.bare === value) return known.wrapped;
      if (isFixedProperty(target, name)) return value;
      const isNamed = typeof name === "string" && Object.hasOwn(interceptors, name);
      const interceptor = isNamed ? interceptors[name] : undefined;
      const method = new Proxy(value, {
        apply(callee, self: unknown, args: unknown[]) {
          const receiver = self === wrapped ? target : self;
          if (interceptor === undefined) return Reflect.apply(callee, receiver, args);
          return interceptor(() => Reflect.apply(callee, receiver, args), args);
        },
      });
      methods.set(name, { bare: value, wrapped: method });
      return method;
    },
  });
  bares.set(wrapped, bare);
  return wrapped;
}
