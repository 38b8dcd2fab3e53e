/** The pairs of the namespace: a Worker of workerd is one isolate, so there is one such map. */
const pairs = new Map<string, string>();

/**
 * Stands in for Workers KV: the HTTP protocol that a KV binding of the runtime speaks, for `get` and
 * `put` of texts. It is KV at its best: consistent at once, without a limit of writes, and in a
 * process of its own, so that no crash of those who use it takes anything away.
 */
export default {
  async fetch(request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    if (request.method === "PUT") {
      pairs.set(pathname, await request.text());
      return new Response();
    }
    const value = pairs.get(pathname);
    return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
  },
} satisfies ExportedHandler;
