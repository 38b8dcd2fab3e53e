import { build, type Plugin } from "esbuild";

/**
 * Bundles one Worker into one ES module, as wrangler does it.
 * @param configFile instead of `tachograph.config.ts`.
 */
export async function bundleWorker(
  entry: string,
  outfile: string,
  configFile?: string,
): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*"],
    minify: false,
    logLevel: "error",
    plugins: configFile === undefined ? [] : [withConfig(configFile)],
  });
}

function withConfig(configFile: string): Plugin {
  return {
    name: "configuration",
    setup(bundle) {
      bundle.onResolve({ filter: /\/tachograph\.config\.ts$/ }, () => ({ path: configFile }));
    },
  };
}
