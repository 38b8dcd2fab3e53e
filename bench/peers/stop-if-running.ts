import { isMissing, type MissingPeer, type Peer } from "./peer.ts";

/** Ends a peer, if it is there. */
export async function stopIfRunning(peer: Peer | MissingPeer): Promise<void> {
  if (!isMissing(peer)) await peer.stop();
}
