// Parses and binds queries with Microsoft's language service. Arguments: its node_modules, and a file of
// {"schemas": {target: {"tables": ..., "functions": ...}}, "queries": [{"target", "query", "path"}]}.

const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [modules, file] = process.argv.slice(2);
const service = path.join(modules, "@kusto", "language-service-next");
for (const script of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(fs.readFileSync(path.join(service, script), "utf8"), { filename: script });
}
const { Language } = globalThis.Kusto;
const { TableSymbol, DatabaseSymbol } = Language.Symbols;

const columns = (of) => Object.entries(of).map(([name, type]) => `['${name}']: ${type}`).join(", ");

function globals(schema) {
  const tables = Object.entries(schema.tables).map(([name, of]) => TableSymbol.From(`(${columns(of)})`).WithName(name));
  return Language.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("workspace", tables));
}

// A function of the workspace, as a statement before the query that calls it.
function declared(schema, query) {
  const name = (query.match(/^\w+/) ?? [""])[0];
  const it = schema.functions?.[name];
  return it ? `let ${name} = (${it.parameters}) { datatable(${columns(it.columns)})[] };\n` : "";
}

function faults(query, state) {
  const found = Language.KustoCode.ParseAndAnalyze(query, state).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index))
    .filter((it) => it.Severity === "Error" || it.Severity === "Warning")
    .map((it) => `${it.Code} ${it.Message}`);
}

const { schemas, queries } = JSON.parse(fs.readFileSync(file, "utf8"));
let refused = 0;
for (const [target, schema] of Object.entries(schemas)) {
  const state = globals(schema);
  const own = queries.filter((query) => query.target === target);
  let bad = 0;
  for (const { query, path: rule } of own) {
    const found = faults(declared(schema, query) + query, state);
    if (found.length > 0) {
      bad += 1;
      if (bad <= 20) console.log(`${target}: ${rule}: ${found.slice(0, 3).join("; ")}`);
    }
  }
  console.log(`${target}: ${own.length} queries, ${bad} refused`);
  refused += bad;
}
process.exit(refused > 0 ? 1 : 0);
