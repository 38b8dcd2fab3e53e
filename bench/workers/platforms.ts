/** Stands in for every platform: reads the event and answers, after `x-delay-ms` if that is set. */
export default {
  async fetch(request): Promise<Response> {
    await request.arrayBuffer();
    const delayMs = Number(request.headers.get("x-delay-ms") ?? "0");
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return Response.json({ events_received: 1 });
  },
} satisfies ExportedHandler;
