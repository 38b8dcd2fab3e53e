import type { MissingPeer } from "../peers/peer.ts";
import type { SystemName } from "./systems.ts";

/** Why a system has no figures. */
export interface Absence {
  readonly name: string;
  readonly why: string;
  /** It is not there at all; else it is, and failed. */
  readonly isMissing: boolean;
}

export type Absences = ReadonlyMap<SystemName, Absence>;

/** Everything that would have been measured with a peer. */
export function absencesOf(
  { name, missing: why }: MissingPeer,
  systems: readonly SystemName[],
): (readonly [SystemName, Absence])[] {
  return systems.map((system) => [system, { name, why, isMissing: true }] as const);
}
