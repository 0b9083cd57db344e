// Validates the HTML of some pages. The task comes on standard input, the verdict goes to standard output.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const task = JSON.parse(readFileSync(0, "utf8"));
const config = {
  root: true,
  extends: ["html-validate:standard"],
  rules: {
    // How the templates are laid out is no matter of the standard.
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "no-raw-characters": ["error", { relaxed: true }],
  },
};
const validator = new HtmlValidate(new StaticConfigLoader(config));
const faults = [];
for (const page of task.pages) {
  const report = await validator.validateString(readFileSync(join(task.site, page), "utf8"));
  const found = report.results.flatMap((result) => result.messages);
  // One fault of each kind is enough to find the template.
  const first = new Map(found.filter((it) => it.severity === 2).reverse().map((it) => [it.ruleId, it]));
  for (const it of first.values()) faults.push(`${page}:${it.line}:${it.column}: ${it.message} (${it.ruleId})`);
}
process.stdout.write(JSON.stringify({ summary: `HTML of ${task.pages.length} pages validated`, faults }));
