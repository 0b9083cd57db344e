// Parses and binds queries with Microsoft's language service. Arguments: its node_modules, and a file of
// {"schemas": {target: {"tables": ..., "functions": ...}}, "queries": [{"target", "query"}]}.

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

// Functions of the workspace, as statements before the query that calls them.
function declared(schema, query) {
  const called = new Set(query.match(/\b_\w+/g) ?? []);
  const known = [...called].filter((name) => schema.functions?.[name]);
  return known.map((name) => declaration(name, schema.functions[name])).join("");
}

function declaration(name, it) {
  return `let ${name} = (${it.parameters}) { datatable(${columns(it.columns)})[] };\n`;
}

function faults(query, state) {
  const found = Language.KustoCode.ParseAndAnalyze(query, state).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index))
    .filter((it) => it.Severity === "Error" || it.Severity === "Warning")
    .map((it) => `${it.Code} ${it.Message}`);
}

// A line for each query: its number, and what is wrong with it.
const { schemas, queries } = JSON.parse(fs.readFileSync(file, "utf8"));
const states = new Map();
queries.forEach(({ query, target }, number) => {
  const schema = schemas[target];
  if (!states.has(target)) states.set(target, globals(schema));
  console.log(JSON.stringify({ number, faults: faults(declared(schema, query) + query, states.get(target)) }));
});
