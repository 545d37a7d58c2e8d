#!/usr/bin/env node
// Node 22 and later keep the compiled code between runs.
require("node:module").enableCompileCache?.();
require("../dist/bundle/main.cjs")
  .main(process.argv.slice(2))
  .then((status) => {
    process.exitCode = status;
  });
