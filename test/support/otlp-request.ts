import { ExportMetricsServiceRequest, ExportMetricsServiceResponse } from "./otlp-services.ts";

/** A request of OTLP/JSON as the official definitions write it in protobuf. */
export function encodeOtlp(json: object): Uint8Array {
  // In JSON ids are hexadecimal, while the definitions take texts for base64.
  const plain: object = JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    (key === "traceId" || key === "spanId") && typeof value === "string"
      ? Buffer.from(value, "hex").toString("base64")
      : value,
  );
  const message = ExportMetricsServiceRequest.fromObject(plain);
  return new Uint8Array(ExportMetricsServiceRequest.encode(message).finish());
}

/** An answer as the official definitions read it. */
export function decodeOtlpAnswer(bytes: Uint8Array): unknown {
  return ExportMetricsServiceResponse.toObject(ExportMetricsServiceResponse.decode(bytes), {
    longs: String,
  });
}

/** Attributes in JSON: whole numbers as integers. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: attributeValue(value) }));
}

function attributeValue(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  return typeof value === "boolean" ? { boolValue: value } : { intValue: String(value) };
}

/** A request of one metric. */
export function requestOf(metric: object, resource: Readonly<Record<string, string>> = {}): object {
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes(resource) },
        scopeMetrics: [{ scope: { name: "test", version: "1" }, metrics: [metric] }],
      },
    ],
  };
}

/** Epoch milliseconds as OTLP has them. */
export function nanos(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}
