import manifest from "../package.json";

/** The version of this deployment, from package.json. */
export const VERSION: string = manifest.version;
