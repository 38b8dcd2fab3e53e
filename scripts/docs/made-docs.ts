import { apiPage } from "./api-page.ts";
import { configPage } from "./config-page.ts";
import { openApiDocument } from "./openapi/openapi-document.ts";
import { TypeSchemas } from "./type-schemas.ts";

/**
 * The pages that are written from the code, by their paths below the root.
 * @param rootDir - of the repository.
 * @throws Error that names what lacks a description, or has one that is not true.
 */
export function madeDocs(rootDir: string): Readonly<Record<string, string>> {
  const types = new TypeSchemas(rootDir);
  try {
    const openApi = `${JSON.stringify(openApiDocument(types), null, 2)}\n`;
    return {
      "docs/configuration.md": configPage(types, rootDir),
      "docs/openapi.json": openApi,
      "docs/api.md": apiPage(types),
    };
  } finally {
    types.close();
  }
}
