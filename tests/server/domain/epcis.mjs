// Checks an EPCIS document by the schemas and the hash of another maker: `node epcis.mjs < document`, from server/web.
// Prints {"problems": [...], "ids": [...]}: what the schema says, and the id of each event as that library makes it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const epcis = require("epcis2.js");
const document = JSON.parse(readFileSync(0, "utf8"));
const problems = [];
try {
  const found = epcis.validateEpcisDocument(document);
  if (found && found.success === false) problems.push(...found.errors);
} catch (error) {
  problems.push(String(error));
}
const ids = document.epcisBody.eventList.map((event) => epcis.eventToHashedId(event, document["@context"]));
console.log(JSON.stringify({ problems, ids }));
