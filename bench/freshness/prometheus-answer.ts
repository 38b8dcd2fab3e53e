interface Answer {
  readonly data?: { readonly result?: readonly { readonly value: readonly [number, string] }[] };
}

/** The value of an instant query that has one, or 0 if it has none yet. */
export async function sumOf(url: string): Promise<number> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const { data } = await response.json<Answer>();
  return Number(data?.result?.[0]?.value[1] ?? 0);
}
