import { isFixedProperty } from "../is-fixed-property.ts";
import type { D1Meter } from "./d1-meter.ts";

/** What a call of a wrapped object needs to know. */
export interface D1Call {
  /** The method of the bare object. */
  readonly original: Callable;
  readonly handle: D1Handle;
  /** The wrapped object that it was called on. */
  readonly self: object;
  readonly args: readonly unknown[];
}

/** How a method is called through its wrapped object, or `passOn`. */
export type D1Role = (call: D1Call) => unknown;

/** The methods that are more than passed on. */
export type D1Roles = ReadonlyMap<PropertyKey, D1Method>;

// oxlint-disable-next-line typescript/no-unsafe-function-type -- any function there is
type Callable = Function;

// Nobody else has it, so only a wrapped object answers to it. A WeakMap would cost a microsecond for
// each statement.
const HANDLE = Symbol("D1Handle");

/** The handle of a wrapped object; undefined for anything else. */
export function handleOf(value: unknown): D1Handle | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    const handle: unknown = Reflect.get(value, HANDLE);
    return handle instanceof D1Handle ? handle : undefined;
  } catch {
    // A proxy of somebody else that refuses to be read: not ours.
    return undefined;
  }
}

/**
 * Wraps `bare` so that it stays what it is to everybody (its class, its properties, what is assigned
 * to it) and only calls of its methods take another way.
 *
 * @param sql - The text of a statement.
 */
export function wrapD1<Bare extends object>(
  bare: Bare,
  meter: D1Meter,
  roles: D1Roles,
  sql?: unknown,
): Bare {
  const handle = new D1Handle(bare, meter, roles, sql);
  const wrapped = new Proxy<Bare>(bare, handle);
  handle.wrapped = wrapped;
  return wrapped;
}

/** What {@link wrapD1} made this of, or what it is given if that is something else. */
export function unwrapped<Wrapped extends object>(value: Wrapped): Wrapped {
  const handle = handleOf(value);
  // A proxy that somebody put around a wrapped object answers for it, and is more than it.
  if (handle?.wrapped !== value) return value;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has the type of its wrapper
  return handle.bare as Wrapped;
}

/** Calls the method as if nobody had wrapped its object. */
export function callBare({ original, handle, args }: D1Call): unknown {
  return Reflect.apply(original, handle.bare, args);
}

/** What becomes of one method, whichever object has it. */
export class D1Method {
  readonly #role: D1Role;
  // One for each function, so that a method stays equal to itself.
  readonly #wrapped = new WeakMap<Callable, Callable>();

  constructor(role: D1Role) {
    this.#role = role;
  }

  /** `original` in its wrapped form. On an object that is not wrapped it does what it always did. */
  of(original: Callable): Callable {
    const known = this.#wrapped.get(original);
    if (known !== undefined) return known;
    const role = this.#role;
    const wrapped = new Proxy(original, {
      apply(_original, self: unknown, args: unknown[]): unknown {
        const handle = handleOf(self);
        if (handle === undefined) return Reflect.apply(original, self, args);
        return role({ original, handle, self: Object(self), args });
      },
    });
    this.#wrapped.set(original, wrapped);
    return wrapped;
  }
}

const passOn = new D1Method((call) => {
  const value = callBare(call);
  return value === call.handle.bare ? call.self : value;
});

/** The traps of a wrapped object. */
export class D1Handle implements ProxyHandler<object> {
  readonly bare: object;
  readonly meter: D1Meter;
  /** The text of a statement. */
  readonly sql: unknown;
  /** The object that it makes of `bare`. */
  wrapped: object | undefined;
  readonly #roles: D1Roles;

  constructor(bare: object, meter: D1Meter, roles: D1Roles, sql: unknown) {
    this.bare = bare;
    this.meter = meter;
    this.#roles = roles;
    this.sql = sql;
  }

  get(bare: object, key: PropertyKey): unknown {
    if (key === HANDLE) return this;
    const value: unknown = Reflect.get(bare, key);
    if (typeof value !== "function" || isFixedProperty(bare, key)) return value;
    const method = this.#roles.get(key);
    if (method !== undefined) return method.of(value);
    // Of a class, and of every object: they do the same for the wrapped one, and stay the same.
    if (key === "constructor" || value === Reflect.get(Object.prototype, key)) return value;
    return passOn.of(value);
  }
}
