// A real project imports from "tachograph/client".
import {
  type QueryAdvice,
  type QueryClient,
  queryRunner,
  type QueryRunner,
  type ResultCache,
} from "../../../src/client/index.ts";
import { QUERIES, type QueryName } from "./queries.ts";

/** Runs the queries of `queries.ts`. */
export type Queries = QueryRunner<QueryName>;

/**
 * What runs queries for one request.
 *
 * @param cache - Where credits are kept. Whatever neither reads nor changes them needs none.
 */
export function runQueries(db: D1Database, client: QueryClient, cache?: ResultCache): Queries {
  return queryRunner(db, client, QUERIES, {
    ...(cache !== undefined && { cache }),
    onAdvice: tellAdvice,
  });
}

/** Called once an isolate for each query that was slow and that an index, for example, would help. */
function tellAdvice({ query, findings, createIndexes }: QueryAdvice): void {
  const why = findings.map(({ text }) => text).join("; ");
  console.warn(`the query ${query} is slow: ${why}`, createIndexes);
}
