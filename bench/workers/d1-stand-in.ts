/**
 * Stands in for D1 where only its binding is needed: accepts every statement, stores nothing. So
 * rollups leave the coordinator's outbox, and their cost there is part of what is measured.
 */
export default {
  async fetch(request): Promise<Response> {
    const body: unknown = await request.json();
    const empty = { success: true, results: { columns: [], rows: [] }, meta: { changes: 0 } };
    return Response.json(Array.isArray(body) ? body.map(() => empty) : empty);
  },
} satisfies ExportedHandler;
