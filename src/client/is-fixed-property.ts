/**
 * Whether a property of an object can never change, so that a proxy of the object must not show
 * another value than the very one it has: the language refuses it.
 */
export function isFixedProperty(object: object, name: PropertyKey): boolean {
  const own = Reflect.getOwnPropertyDescriptor(object, name);
  return own !== undefined && own.configurable === false && own.writable === false;
}
