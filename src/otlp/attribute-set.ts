import {
  MAX_ATTRIBUTES,
  MAX_ATTRIBUTES_LENGTH,
  MAX_KEY_LENGTH,
  MAX_VALUE_LENGTH,
} from "./otlp-limits.ts";
import type { OtlpAttribute, OtlpAttributes } from "./otlp-model.ts";

/** Collects attributes within their limits. Of a key that comes twice the last value counts. */
export class AttributeSet {
  readonly #values = new Map<string, OtlpAttribute>();
  #fault: string | undefined;
  /** Characters that were kept, those of values that were replaced included. */
  #length = 0;

  add(key: string, value: OtlpAttribute): void {
    if (key.length > MAX_KEY_LENGTH) {
      this.#fault = `an attribute's key is longer than ${MAX_KEY_LENGTH} characters`;
    } else if (value.text.length > MAX_VALUE_LENGTH) {
      this.#fault = `an attribute is longer than ${MAX_VALUE_LENGTH} characters`;
    } else if (this.#values.size >= MAX_ATTRIBUTES && !this.#values.has(key)) {
      this.#fault = `there are more than ${MAX_ATTRIBUTES} attributes in one place`;
    } else if (this.#length + key.length + value.text.length > MAX_ATTRIBUTES_LENGTH) {
      this.#fault = `the attributes of one place are longer than ${MAX_ATTRIBUTES_LENGTH} characters`;
    } else {
      this.#length += key.length + value.text.length;
      this.#values.set(key, value);
    }
  }

  finish(): OtlpAttributes {
    return { values: this.#values, fault: this.#fault };
  }
}
