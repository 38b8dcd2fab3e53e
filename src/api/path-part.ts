import type { RoutedRequest } from "./context.ts";

/** A part of a request's path, decoded: clients encode the colon that a name may have. */
export function pathPart(request: RoutedRequest, name: string): string {
  const text = request.params?.[name] ?? "";
  try {
    return decodeURIComponent(text);
  } catch {
    // What is no percent-encoding names nothing, as it stands.
    return text;
  }
}
