import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { OtlpError } from "./otlp-error.ts";

/**
 * Goes through the fields of one protobuf message. Every getter takes the field that
 * {@link next} stopped at; what nobody takes is skipped. It wants a field's wire type to be the one
 * of its definition: another one means that the bytes are something else.
 *
 * What the wire library throws of bytes that end early is let through: see `read-otlp-protobuf.ts`.
 */
export class ProtobufFields {
  readonly #reader: BinaryReader;
  readonly #message: string;
  #field = 0;
  #wire: WireType = WireType.Varint;
  #isTaken = true;

  /** @param message the name of its definition, for the error. */
  constructor(bytes: Uint8Array, message: string) {
    this.#reader = new BinaryReader(bytes);
    this.#message = message;
  }

  /** The number of the next field, or 0 after the last one. @throws OtlpError */
  next(): number {
    const reader = this.#reader;
    if (!this.#isTaken) this.#skip();
    if (reader.pos >= reader.len) return 0;
    [this.#field, this.#wire] = reader.tag();
    this.#isTaken = false;
    return this.#field;
  }

  bytes(): Uint8Array {
    this.#take(WireType.LengthDelimited);
    return this.#reader.bytes();
  }

  /** The fields of a message within this one. */
  message(name: string): ProtobufFields {
    return new ProtobufFields(this.bytes(), name);
  }

  text(): string {
    this.#take(WireType.LengthDelimited);
    return this.#reader.string();
  }

  double(): number {
    this.#take(WireType.Bit64);
    return this.#reader.double();
  }

  fixed64(): bigint {
    this.#take(WireType.Bit64);
    return BigInt(this.#reader.fixed64());
  }

  sfixed64(): bigint {
    this.#take(WireType.Bit64);
    return BigInt(this.#reader.sfixed64());
  }

  int64(): bigint {
    this.#take(WireType.Varint);
    return BigInt(this.#reader.int64());
  }

  uint32(): number {
    this.#take(WireType.Varint);
    return this.#reader.uint32();
  }

  sint32(): number {
    this.#take(WireType.Varint);
    return this.#reader.sint32();
  }

  bool(): boolean {
    this.#take(WireType.Varint);
    return this.#reader.bool();
  }

  /**
   * Adds a repeated number, packed or not, to a list.
   * @returns whether they fit; what is beyond `most` is not kept, and not even read if it is packed.
   */
  numbersInto(list: number[], kind: "fixed64" | "uint64" | "double", most: number): boolean {
    const single = kind === "uint64" ? WireType.Varint : WireType.Bit64;
    if (this.#wire === single) {
      this.#take(single);
      const value = readNumber(this.#reader, kind);
      if (list.length >= most) return false;
      list.push(value);
      return true;
    }
    const packed = this.bytes();
    const reader = new BinaryReader(packed);
    while (reader.pos < reader.len) {
      if (list.length >= most) return false;
      list.push(readNumber(reader, kind));
    }
    return true;
  }

  #take(expected: WireType): void {
    if (this.#wire !== expected) {
      throw new OtlpError(
        `The body is no OTLP metrics request: field ${this.#field} of ${this.#message} has wire ` +
          `type ${this.#wire} instead of ${expected}.`,
      );
    }
    this.#isTaken = true;
  }

  #skip(): void {
    this.#isTaken = true;
    if (this.#wire === WireType.StartGroup || this.#wire === WireType.EndGroup) {
      throw new OtlpError(
        `The body is no OTLP metrics request: field ${this.#field} of ${this.#message} is a ` +
          "group, which OTLP does not use.",
      );
    }
    this.#reader.skip(this.#wire, this.#field);
  }
}

/** NaN for a count that a double does not hold exactly. */
function readNumber(reader: BinaryReader, kind: "fixed64" | "uint64" | "double"): number {
  if (kind === "double") return reader.double();
  return exactNumber(BigInt(kind === "fixed64" ? reader.fixed64() : reader.uint64()));
}

/** A count as a number; NaN for one that a double does not hold exactly. */
export function exactNumber(count: bigint): number {
  const number = Number(count);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
