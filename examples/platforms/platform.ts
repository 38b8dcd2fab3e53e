/** The platforms that are simulated, by the names that Tachograph's limits know them by. */
export const PLATFORMS = ["meta", "google", "tiktok", "pinterest", "reddit"] as const;

export type Platform = (typeof PLATFORMS)[number];

/** Whether `name` is a simulated platform. */
export function isPlatform(name: string): name is Platform {
  return PLATFORMS.some((platform) => platform === name);
}
