/** A server that people would use instead, running on 127.0.0.1 with an empty state of its own. */
export interface Peer {
  /** As it is called in the tables. */
  readonly name: string;
  readonly version: string;
  /** Of the process that runs now. */
  readonly pid: number;
  readonly port: number;
  /** Where it answers if it speaks HTTP, without a slash at the end. */
  readonly url: string;
  /** Where its state is, for what it weighs. */
  readonly directory: string;
  /** Kills it with SIGKILL and starts it again on its port and state. */
  crash(): Promise<void>;
  /** Ends it and removes its state; to call it again does no harm. */
  stop(): Promise<void>;
}

/** Why a peer is not measured. */
export interface MissingPeer {
  readonly name: string;
  readonly missing: string;
}

/** Tells why a peer is not there from the peer. */
export function isMissing(peer: object): peer is MissingPeer {
  return "missing" in peer;
}
