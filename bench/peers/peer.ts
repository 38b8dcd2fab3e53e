/** A server that people would use instead, running on 127.0.0.1 with an empty state of its own. */
export interface Peer {
  /** As it is called in the tables. */
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** Where its state is, for what it weighs. */
  readonly directory: string;
  /** Ends it and removes its state; to call it again does no harm. */
  stop(): Promise<void>;
}

/** Why a peer is not measured. */
export interface MissingPeer {
  readonly name: string;
  readonly missing: string;
}

export function isMissing(peer: Peer | MissingPeer): peer is MissingPeer {
  return "missing" in peer;
}
