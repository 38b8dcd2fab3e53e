import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Bytes on the heap and in buffers that are still needed: garbage is collected first. */
export function usedBytes(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    const found: unknown = runInNewContext("gc");
    if (typeof found !== "function") throw new Error("this Node cannot collect garbage when asked");
    collect = () => void found();
  }
  // What a first round finalises is free after the second.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
