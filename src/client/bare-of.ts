import { handleOf } from "./d1/d1-handle.ts";
import { wrappedBare } from "./wrap-object.ts";

/**
 * What an instrumented binding stands for, however often it was instrumented: an object that lives
 * as long as the isolate, where a wrapper lives as long as a request. What is not instrumented comes
 * back as it is.
 */
export function bareOf(object: object): object {
  const bare = wrappedBare(object) ?? handleOf(object)?.bare;
  return bare === undefined ? object : bareOf(bare);
}
