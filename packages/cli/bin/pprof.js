#!/usr/bin/env node
const { join } = require("node:path");
const bundle = join(__dirname, "..", "dist", "bundle");
require("./code-cache.js").keepCompiled(join(bundle, "core.cjs"));
require(join(bundle, "main.cjs"))
  .main(process.argv.slice(2))
  .then((status) => {
    process.exitCode = status;
    // All is written once nothing is waited for. To take its heap apart first would take Node 10 ms.
    process.once("beforeExit", () => process.exit());
  });
