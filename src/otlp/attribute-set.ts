import { MAX_ATTRIBUTES, MAX_KEY_LENGTH, MAX_VALUE_LENGTH } from "./otlp-limits.ts";
import type { OtlpAttribute, OtlpAttributes } from "./otlp-model.ts";

/** Collects attributes within their limits. Of a key that comes twice the last value counts. */
export class AttributeSet {
  readonly #values = new Map<string, OtlpAttribute>();
  #fault: string | undefined;

  add(key: string, value: OtlpAttribute): void {
    if (key.length > MAX_KEY_LENGTH) {
      this.#fault = `an attribute's key is longer than ${MAX_KEY_LENGTH} characters`;
    } else if (value.text.length > MAX_VALUE_LENGTH) {
      this.#fault = `an attribute is longer than ${MAX_VALUE_LENGTH} characters`;
    } else if (this.#values.size >= MAX_ATTRIBUTES && !this.#values.has(key)) {
      this.#fault = `there are more than ${MAX_ATTRIBUTES} attributes in one place`;
    } else {
      this.#values.set(key, value);
    }
  }

  finish(): OtlpAttributes {
    return { values: this.#values, fault: this.#fault };
  }
}
