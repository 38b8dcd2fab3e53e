/**
 * What an object is called that only the request that made it can use, or undefined: what has a body
 * or can be read or written piece by piece, and a promise. Another request would get an error, or
 * hang.
 */
export function requestBound(value: object): string | undefined {
  const isBound =
    "bodyUsed" in value || "getReader" in value || "getWriter" in value || value instanceof Promise;
  return isBound ? Object.prototype.toString.call(value).slice("[object ".length, -1) : undefined;
}
