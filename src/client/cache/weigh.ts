import { requestBound } from "./request-bound.ts";

/** What a value takes, and whether JSON carries it. */
export interface Weight {
  /** Roughly, in the isolate's memory. Infinity for what is too large to be walked through. */
  readonly sizeBytes: number;
  /** Whether it comes out of JSON exactly as it went in. */
  readonly isJson: boolean;
  /** What in it only the request that made it can use, see `requestBound`. */
  readonly bound: string | undefined;
}

/** Beyond so many parts a value is too large to look at, and too large for the isolate. */
export const MAX_PARTS = 200_000;

/** Deeper than this is a cycle, or as bad as one. */
const MAX_DEPTH = 200;

/** What an object or a list takes for itself, and each of its fields. */
const OBJECT_BYTES = 32;
const FIELD_BYTES = 16;

/** Estimates what a value takes, and finds out whether JSON carries it without changing it. */
export function weigh(value: unknown): Weight {
  const scales = new Scales();
  scales.add(value, 0);
  const { sizeBytes, isJson, bound } = scales;
  return { sizeBytes, isJson, bound };
}

class Scales {
  sizeBytes = OBJECT_BYTES;
  isJson = true;
  bound: string | undefined;
  #parts = 0;

  add(value: unknown, depth: number): void {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS || depth > MAX_DEPTH) return this.#giveUp();
    switch (typeof value) {
      case "string":
        this.sizeBytes += 2 * value.length;
        return;
      case "boolean":
        return;
      case "number":
        this.sizeBytes += 8;
        if (!Number.isFinite(value) || Object.is(value, -0)) this.isJson = false;
        return;
      case "object":
        if (value !== null) this.#addObject(value, depth);
        return;
      default:
        // Nothing, a function, a symbol or a BigInt.
        this.isJson = false;
        this.sizeBytes += OBJECT_BYTES;
    }
  }

  #addObject(value: object, depth: number): void {
    this.sizeBytes += OBJECT_BYTES;
    const isList = Array.isArray(value);
    const isPlain = Object.getPrototypeOf(value) === (isList ? Array.prototype : Object.prototype);
    if (!isPlain) this.bound ??= requestBound(value);
    if (!isPlain || Object.getOwnPropertySymbols(value).length > 0) this.isJson = false;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      this.sizeBytes += value.byteLength;
    } else if (value instanceof Map || value instanceof Set) {
      for (const part of value) this.add(part, depth + 1);
    } else {
      this.#addFields(value, isList, depth);
    }
  }

  #addFields(value: object, isList: boolean, depth: number): void {
    // A list with holes, or with a name of its own, has another number of fields.
    const fields = Object.entries(value);
    if (isList && "length" in value && fields.length !== value.length) this.isJson = false;
    for (const [name, part] of fields) {
      this.sizeBytes += FIELD_BYTES + (isList ? 0 : 2 * name.length);
      this.add(part, depth + 1);
      if (this.sizeBytes === Number.POSITIVE_INFINITY) return;
    }
  }

  #giveUp(): void {
    this.sizeBytes = Number.POSITIVE_INFINITY;
    this.isJson = false;
  }
}
