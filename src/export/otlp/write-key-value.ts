import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { OTLP_FIELDS } from "../../otlp/otlp-fields.ts";

const { LengthDelimited } = WireType;

/** An attribute with a text as an encoded `KeyValue`, without its tag and length. */
export function writeKeyValue(key: string, value: string): Uint8Array {
  return new BinaryWriter()
    .tag(OTLP_FIELDS.keyValue.key, LengthDelimited)
    .string(key)
    .tag(OTLP_FIELDS.keyValue.value, LengthDelimited)
    .fork()
    .tag(OTLP_FIELDS.anyValue.stringValue, LengthDelimited)
    .string(value)
    .join()
    .finish();
}
