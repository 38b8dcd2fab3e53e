import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { OTLP_FIELDS } from "../../otlp/otlp-fields.ts";
import { type Problem, unsupportedMediaType } from "../problem.ts";

/** The encodings of OTLP over HTTP. An answer has that of its request. */
export const OTLP_TYPES = { json: "application/json", protobuf: "application/x-protobuf" } as const;

export type OtlpFormat = keyof typeof OTLP_TYPES;

/** Codes of `google.rpc.Status` for the HTTP statuses that are answered here. */
const RPC_CODES: ReadonlyMap<number, number> = new Map([
  [400, 3],
  [413, 8],
  [415, 3],
  [503, 14],
]);

const RPC_UNKNOWN = 2;

/** The encoding of a request by its `Content-Type`, or a problem: 415. */
export function otlpFormat(request: Request): OtlpFormat | Problem {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  switch (type.trim().toLowerCase()) {
    case OTLP_TYPES.json:
      return "json";
    case OTLP_TYPES.protobuf:
      return "protobuf";
    default: {
      const types = Object.values(OTLP_TYPES);
      return unsupportedMediaType(`Send metrics with Content-Type: ${types.join(" or ")}.`, {
        accept: types.join(", "),
      });
    }
  }
}

/**
 * 200, with what was refused (`ExportMetricsServiceResponse`): the sender must not send it again.
 * @param rejectedPoints how many points were refused.
 * @param message why; empty if none were.
 */
export function exportResponse(
  format: OtlpFormat,
  rejectedPoints: number,
  message: string,
): Response {
  if (format === "json") {
    const partialSuccess = { rejectedDataPoints: String(rejectedPoints), errorMessage: message };
    return Response.json(rejectedPoints === 0 ? {} : { partialSuccess });
  }
  const writer = new BinaryWriter();
  if (rejectedPoints > 0) {
    const { partialSuccess } = OTLP_FIELDS.exportMetricsServiceResponse;
    const { rejectedDataPoints, errorMessage } = OTLP_FIELDS.exportMetricsPartialSuccess;
    writer.tag(partialSuccess, WireType.LengthDelimited).fork();
    writer.tag(rejectedDataPoints, WireType.Varint).int64(rejectedPoints);
    writer.tag(errorMessage, WireType.LengthDelimited).string(message).join();
  }
  return new Response(writer.finish(), { headers: { "content-type": OTLP_TYPES.protobuf } });
}

/** A problem as OTLP's senders read it: `google.rpc.Status`, with the problem's status and headers. */
export function statusResponse(format: OtlpFormat, problem: Problem): Response {
  const { status, detail } = problem;
  const code = RPC_CODES.get(status) ?? RPC_UNKNOWN;
  const headers = new Headers(problem.headers);
  headers.set("content-type", OTLP_TYPES[format]);
  headers.set("cache-control", "no-store");
  if (format === "json") {
    return new Response(JSON.stringify({ code, message: detail }), { status, headers });
  }
  const writer = new BinaryWriter();
  writer.tag(OTLP_FIELDS.status.code, WireType.Varint).int32(code);
  writer.tag(OTLP_FIELDS.status.message, WireType.LengthDelimited).string(detail);
  return new Response(writer.finish(), { status, headers });
}
