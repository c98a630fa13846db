import { readFileSync } from "node:fs";

import openapiTS, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";

test("the generated types follow from the server's document: `npm run types` writes them again", async () => {
  const document = new URL("../../../../docs/openapi.json", import.meta.url);
  const fresh = astToString(await openapiTS(document));
  const committed = readFileSync(new URL("../../src/api/schema.d.ts", import.meta.url), "utf8");
  expect(committed.endsWith(fresh)).toBe(true);
});
