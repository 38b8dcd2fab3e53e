import definitions from "otlp-definitions/build/src/generated/root.js";

/** A message of protobuf, by definitions that were compiled for it. */
interface Codec {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  fromObject(plain: object): object;
  verify(message: object): string | null;
  toObject(message: object, options: object): unknown;
}

interface Services {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly metrics: {
          readonly v1: {
            readonly ExportMetricsServiceRequest: Codec;
            readonly ExportMetricsServiceResponse: Codec;
          };
        };
      };
    };
  };
}

/** What is sent to `/v1/metrics` and what is answered, by the official definitions of OTLP. */
export const { ExportMetricsServiceRequest, ExportMetricsServiceResponse } = (
  definitions as unknown as Services
).opentelemetry.proto.collector.metrics.v1;
