/** A secret or a variable by its name; undefined for what is no text. */
export function secretOf(env: Env, name: string): string | undefined {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" ? value : undefined;
}
