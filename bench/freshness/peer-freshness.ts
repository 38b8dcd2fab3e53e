/** How long after its end each call could be seen, or why that was not measured. */
export type PeerFreshness = { readonly delaysMs: readonly number[] } | { readonly missing: string };
