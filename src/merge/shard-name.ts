/** A shard's identity, which is its object's name: `tenant/target#k`. */
export interface ShardName {
  readonly tenant: string;
  readonly target: string;
  /** Opaque: today a number, some day perhaps a region. */
  readonly k: string;
}

export function formatShardName({ tenant, target, k }: ShardName): string {
  return `${tenant}/${target}#${k}`;
}

/** @throws if the name is not of that form. */
export function parseShardName(name: string | undefined): ShardName {
  const match = /^([^/#]+)\/([^/#]+)#([^/#]+)$/.exec(name ?? "");
  const [, tenant, target, k] = match ?? [];
  if (tenant === undefined || target === undefined || k === undefined) {
    throw new Error(`"${name}" is no shard's name; it must be tenant/target#k`);
  }
  return { tenant, target, k };
}
