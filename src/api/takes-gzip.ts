/** Longest header that is read; what is longer asks for nothing. */
const MAX_CHARACTERS = 1_024;

/** Whether a client takes an answer in gzip (RFC 9110, 12.5.3). One that does not say so does not. */
export function takesGzip(request: Request): boolean {
  const header = acceptEncoding(request);
  if (header.length > MAX_CHARACTERS) return false;
  const qualities = new Map<string, number>();
  for (const entry of header.toLowerCase().split(",")) {
    const [coding = "", weight = ""] = entry.split(";").map((part) => part.trim());
    const [, quality = "0"] = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(weight) ?? [];
    qualities.set(coding, weight === "" ? 1 : Number(quality));
  }
  return (qualities.get("gzip") ?? qualities.get("*") ?? 0) > 0;
}

/** Cloudflare puts what it takes itself into the header, and what the client takes beside it. */
function acceptEncoding(request: Request): string {
  const cf: unknown = request.cf;
  if (typeof cf === "object" && cf !== null && "clientAcceptEncoding" in cf) {
    if (typeof cf.clientAcceptEncoding === "string") return cf.clientAcceptEncoding;
  }
  return request.headers.get("Accept-Encoding") ?? "";
}
