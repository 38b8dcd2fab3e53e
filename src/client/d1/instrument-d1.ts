import type { Recorder } from "../recorder.ts";
import { d1Facts, execFacts, noFacts } from "./d1-facts.ts";
import type { D1Facts } from "./d1-facts.ts";
import { callBare, D1Method, handleOf, unwrapped, wrapD1 } from "./d1-handle.ts";
import type { D1Call, D1Roles } from "./d1-handle.ts";
import { D1Meter } from "./d1-meter.ts";
import type { D1Subject } from "./d1-meter.ts";
import type { D1Options } from "./d1-options.ts";

/**
 * Wraps a D1 database, or a session of one, so that every query is timed. It behaves to the letter
 * like the bare one: the same results and errors, and its statements and bare ones mix in a batch.
 * It costs no I/O, never throws on its own account, and never looks at what is bound.
 * Methods of a frozen object, such as a stand-in may be, cannot be replaced and are not timed. One
 * that is wrapped already is wrapped anew, for this recorder alone, so that nothing is timed twice.
 *
 * Each execution is one timing of the target `d1`. Its operation is the name that the query has in a
 * comment at its start (`-- name: user-by-id`, or the same in a block comment), or that
 * `options.nameOf` gives it, else a fingerprint such as `select.users.1f0c2a9b`, in which no literal
 * is. It ends `ok`, `error` or `timeout`, and has the measures that D1's answer has: `rowsRead`,
 * `rowsWritten`, `sqlMs` (the engine's own time), `waitMs` (wall time less `sqlMs`), `sizeBytes`
 * (of the database), and `slow` from `options.slowMs` on.
 *
 * - `all` and `run` have all of that. `first` and `raw` have the duration and `slow` only: the
 *   runtime keeps the rest to itself.
 * - `batch` is one round trip: each statement is a timing that took its `sqlMs`, with no wait of its
 *   own, and `batch` is one more, with the wall time and the wait. So rows and engine time add up
 *   over a target, and the number of its timings is statements and round trips. A batch that fails
 *   is only the latter: nothing of it was done.
 * - `exec` and `dump` are operations of that name.
 *
 * @param database - Comes back as it is if there is none, which is noted as a failure: then the
 * Worker fails where it would without us.
 * @param recorder - The request's client, see `tachograph`. Wrapping costs two small objects, so it
 * may be done for every request.
 */
export function instrumentD1<Database extends D1Database | D1DatabaseSession>(
  database: Database,
  recorder: Recorder,
  options: D1Options = {},
): Database {
  const meter = new D1Meter(recorder, options);
  if (isObject(database)) return wrapD1(unwrapped(database), meter, DATABASE);
  meter.noteFailure(
    "there is no database to instrument: check the binding's name in wrangler.toml",
  );
  return database;
}

const STATEMENT: D1Roles = new Map([
  ["bind", new D1Method(bind)],
  ["all", new D1Method(answeredRun)],
  ["run", new D1Method(answeredRun)],
  ["first", new D1Method(silentRun)],
  ["raw", new D1Method(silentRun)],
]);

const DATABASE: D1Roles = new Map([
  ["prepare", new D1Method(prepare)],
  ["batch", new D1Method(batch)],
  ["exec", new D1Method(exec)],
  ["dump", new D1Method(dump)],
  ["withSession", new D1Method(withSession)],
]);

const EXEC: D1Subject = { query: { name: "exec", normalForm: "" } };
const DUMP: D1Subject = { query: { name: "dump", normalForm: "" } };

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function prepare(call: D1Call): unknown {
  const statement = callBare(call);
  return isObject(statement)
    ? wrapD1(statement, call.handle.meter, STATEMENT, call.args[0])
    : statement;
}

function withSession(call: D1Call): unknown {
  const session = callBare(call);
  return isObject(session) ? wrapD1(session, call.handle.meter, DATABASE) : session;
}

function bind(call: D1Call): unknown {
  const { handle, self } = call;
  const bound = callBare(call);
  if (bound === handle.bare) return self;
  return isObject(bound) ? wrapD1(bound, handle.meter, STATEMENT, handle.sql) : bound;
}

function answeredRun(call: D1Call): unknown {
  return timed(call, call.handle, d1Facts);
}

function silentRun(call: D1Call): unknown {
  return timed(call, call.handle, noFacts);
}

function exec(call: D1Call): unknown {
  return timed(call, EXEC, execFacts);
}

function dump(call: D1Call): unknown {
  return timed(call, DUMP, noFacts);
}

/**
 * Makes the call and tells how it ended; it ends the same way, with the same value or the same
 * error. What is no promise did not go to a database, and nothing is told of it.
 */
function timed(call: D1Call, subject: D1Subject, read: (result: unknown) => D1Facts): unknown {
  const { meter } = call.handle;
  const startedAt = meter.start();
  const answer = callBare(call);
  if (!(answer instanceof Promise)) return answer;
  return answer.then(
    (result: unknown) => {
      meter.answered(subject, startedAt, result, read);
      return result;
    },
    (error: unknown) => {
      meter.failed(subject, startedAt, error);
      throw error;
    },
  );
}

function batch(call: D1Call): unknown {
  const [statements, ...rest] = call.args;
  // Anything but a list is the runtime's to refuse.
  if (!Array.isArray(statements)) return batchOf(call, []);
  const list: readonly unknown[] = statements;
  let bare: readonly unknown[];
  let subjects: readonly D1Subject[];
  try {
    bare = list.map((statement) => handleOf(statement)?.bare ?? statement);
    subjects = list.map(subjectOf);
  } catch (error) {
    // A list that cannot be read, such as a proxy that throws: the runtime says so in its own way.
    call.handle.meter.noteFailure(error);
    return batchOf(call, []);
  }
  return batchOf({ ...call, args: [bare, ...rest] }, subjects);
}

function batchOf(call: D1Call, statements: readonly D1Subject[]): unknown {
  const { meter } = call.handle;
  const startedAt = meter.start();
  const answer = callBare(call);
  if (!(answer instanceof Promise)) return answer;
  return answer.then(
    (results: unknown) => {
      meter.batchAnswered(statements, startedAt, results);
      return results;
    },
    (error: unknown) => {
      meter.batchFailed(statements, startedAt, error);
      throw error;
    },
  );
}

/** One that is not wrapped keeps its text where the runtime's own code reads it. */
function subjectOf(statement: unknown): D1Subject {
  const handle = handleOf(statement);
  if (handle !== undefined) return handle;
  return { sql: isObject(statement) ? Reflect.get(statement, "statement") : undefined };
}
