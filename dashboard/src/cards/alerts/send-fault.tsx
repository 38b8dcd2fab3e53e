import type { ApiError } from "../../api.ts";
import { Fault } from "../../parts/fault.tsx";
import { AdminNeeded } from "../../parts/admin-needed.tsx";

/** Why the server refused what a form sent; what it says of single fields stands in a list. */
export function SendFault({
  error,
  shownElsewhere = [],
}: {
  readonly error: ApiError | undefined;
  /** Pointers whose faults stand beside their fields. */
  readonly shownElsewhere?: readonly string[];
}) {
  if (error === undefined) return null;
  if (error.status === 403) return <AdminNeeded detail={error.message} />;
  if (error.faults.length === 0) return <Fault text={error.message} />;
  const rest = error.faults.filter(({ pointer }) => !shownElsewhere.includes(pointer));
  if (rest.length === 0) return null;
  return (
    <div role="alert">
      <ul class="faults">
        {rest.map(({ pointer, reason }) => (
          <li key={pointer} class="fault">
            <code>{pointer}</code> {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}
