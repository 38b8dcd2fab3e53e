import { errorText } from "../dispatcher/error-text.ts";
import { readStartBytes } from "../dispatcher/read-start.ts";
import { METRICS_PATH } from "../export/otlp/metrics-url.ts";
import { type ExportVerdict, readExportAnswer } from "../export/otlp/read-export-answer.ts";

/** Bytes of an answer's body that are read. */
const MAX_ANSWER_BYTES = 16_384;

/** Shorter secrets could be a part of any word. */
const MIN_SECRET_LENGTH = 6;

/** Where totals are pushed to. */
export interface OtlpSink {
  /** The place, as it may be shown: its path may be a secret. */
  readonly origin: string;
  /**
   * Sends one `ExportMetricsServiceRequest`.
   * @param signal ends it; the verdict is then that it is to be tried again.
   */
  push(body: Uint8Array, signal: AbortSignal): Promise<ExportVerdict>;
}

export interface OtlpHttpSinkOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
}

/**
 * A collector behind OTLP/HTTP. Redirects are never followed: what was allowed is the address that is
 * configured, and not where its owner points to.
 */
export class OtlpHttpSink implements OtlpSink {
  readonly #options: OtlpHttpSinkOptions;

  constructor(options: OtlpHttpSinkOptions) {
    this.#options = options;
  }

  get origin(): string {
    return this.#options.url.origin;
  }

  async push(body: Uint8Array, signal: AbortSignal): Promise<ExportVerdict> {
    const { url, headers, fetch, now } = this.#options;
    try {
      const response = await fetch(url.href, {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/x-protobuf",
          "content-encoding": "gzip",
        },
        body: await gzipped(body),
        redirect: "manual",
        signal,
      });
      const { bytes, isWhole } = await readStartBytes(response.body, MAX_ANSWER_BYTES, signal);
      const answer = {
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        retryAfter: response.headers.get("retry-after"),
        body: bytes,
        isWhole,
      };
      return this.#withoutSecrets(readExportAnswer(answer, now()));
    } catch (cause) {
      const detail = errorText(signal.aborted ? signal.reason : cause);
      return this.#withoutSecrets({ kind: "retry", detail: `not reached: ${detail}` });
    }
  }

  /** What is shown must not repeat the rest of the URL or a header, as errors and answers may. */
  #withoutSecrets(verdict: ExportVerdict): ExportVerdict {
    if (verdict.kind === "taken") return { ...verdict, message: this.#hide(verdict.message) };
    return { ...verdict, detail: this.#hide(verdict.detail) };
  }

  #hide(text: string): string {
    const { url, headers } = this.#options;
    let shown = text.replaceAll(url.href, url.origin);
    for (const value of Object.values(headers)) {
      // Of `Bearer TOKEN` what answers repeat is the token.
      for (const secret of [value, ...value.split(" ")]) {
        if (secret.length >= MIN_SECRET_LENGTH) shown = shown.replaceAll(secret, "***");
      }
    }
    const { search, pathname } = url;
    if (search.length > 1) shown = shown.replaceAll(search, "?…");
    return pathname === METRICS_PATH ? shown : shown.replaceAll(pathname, "/…");
  }
}

async function gzipped(body: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
