// Makes one file of the tool's compiled modules and the packages they use, with what is seldom needed in files beside it:
// Node takes longer to find and read a hundred modules than to run them.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
rmSync(here("dist/bundle"), { recursive: true, force: true });
const bundle = await rolldown({
  input: here("dist/main.js"),
  platform: "node",
  logLevel: "warn",
  // Large, seldom wanted, and with files of their own beside the code.
  external: [/^@hpcc-js\//, /^@resvg\//],
});
await bundle.write({
  dir: here("dist/bundle"),
  format: "esm",
  minify: false,
  sourcemap: true,
  chunkFileNames: "[name].js",
});
await bundle.close();
