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

/**
 * What a wrapped object stands for: an object that lives as long as the isolate, where a wrapper lives
 * as long as a request. What is not wrapped comes back as it is.
 */
export function bareOf(object: object): object {
  const bare = bares.get(object);
  return bare === undefined ? object : bareOf(bare);
}

/**
 * An object that is used like `bare`, whose methods of certain names go through interceptors. All
 * else is that of `bare`: its properties, its prototype, what is written to it, and the names and
 * lengths of its methods. A native object refuses to be called as anybody else, so its methods get
 * `bare` for the wrapped object as `this`, and any other `this` as it is.
 */
export function wrapObject<Bare extends object>(
  bare: Bare,
  interceptors: Readonly<Record<string, Interceptor>>,
): Bare {
  const methods = new Map<PropertyKey, KnownMethod>();
  const wrapped: Bare = new Proxy(bare, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      const known = methods.get(name);
      if (known?.bare === value) return known.wrapped;
      // A proxy must not show another value than the one that can never change.
      if (isFixed(target, name)) return value;
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

function isFixed(target: object, name: PropertyKey): boolean {
  const own = Reflect.getOwnPropertyDescriptor(target, name);
  return own !== undefined && own.configurable === false && own.writable === false;
}
