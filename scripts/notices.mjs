// Writes the notices of what others made and our packages ship: node scripts/notices.mjs
// Run it when a version changes; a test holds the files against it, and against what is bundled.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (...names) => readFileSync(path.join(root, ...names), "utf8").trim();

/** What is compiled into Graphviz's WebAssembly module, or stands around it in the same file. */
const IN_GRAPHVIZ = [
  {
    name: "Graphviz 16.1.0",
    home: "https://gitlab.com/graphviz/graphviz, where its source code is",
    licence: "EPL-2.0",
    copyright: "Copyright (c) AT&T Intellectual Property and the contributors of Graphviz",
  },
  {
    name: "Expat",
    home: "https://libexpat.github.io",
    licence: "MIT",
    copyright:
      "Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper\nCopyright (c) 2001-2025 Expat maintainers",
  },
  {
    name: "Emscripten's runtime",
    home: "https://emscripten.org",
    licence: "MIT",
    copyright: "Copyright (c) 2010-2014 Emscripten authors",
  },
  {
    name: "musl",
    home: "https://musl.libc.org",
    licence: "MIT",
    copyright: "Copyright (c) 2005-2020 Rich Felker, et al.",
  },
  {
    name: "fzstd",
    home: "https://github.com/101arrowz/fzstd",
    licence: "MIT",
    copyright: "Copyright (c) 2020 Arjun Barrett",
  },
];

/** npm's packages, and what more is in them; `licence` where the package has no file of it, `at` where it stands not for all. */
const KNOWN = {
  "@fontsource/tinos": {},
  "@hono/node-server": {},
  "@hpcc-js/wasm-graphviz": { more: IN_GRAPHVIZ },
  "@modelcontextprotocol/sdk": {},
  "@preact/signals": {},
  "@preact/signals-core": {},
  "@resvg/resvg-wasm": {
    licence: "MPL-2.0",
    copyright: "Copyright (c) 2021-present, yisibl",
    home: "https://github.com/thx/resvg-js, where its source code is, with that of resvg (https://github.com/linebender/resvg)",
  },
  ajv: {},
  "ajv-formats": {},
  "content-type": { at: "@modelcontextprotocol/sdk/node_modules/content-type" },
  "fast-deep-equal": {},
  "fast-uri": { at: "ajv/node_modules/fast-uri" },
  hono: {},
  hyparquet: {},
  "hyparquet-writer": {},
  "json-schema-traverse": {},
  preact: {},
  re2js: {},
  yaml: {},
  zod: {},
};

/** What the server for agents brings, in a file of the bundle that it alone loads. */
const IN_MCP = [
  ...["@hono/node-server", "@modelcontextprotocol/sdk", "ajv", "ajv-formats", "content-type", "fast-deep-equal"],
  ...["fast-uri", "hono", "json-schema-traverse", "zod"],
];

/** The same for the rows of `pprof fleet export`. */
const IN_EXPORT = ["hyparquet", "hyparquet-writer"];

/** What each of our packages ships, in its bundle or by bringing the package. */
export const SHIPPED = {
  cli: ["@fontsource/tinos", "@hpcc-js/wasm-graphviz", "@resvg/resvg-wasm", "re2js", "yaml", ...IN_EXPORT, ...IN_MCP],
  web: ["@hpcc-js/wasm-graphviz", "@preact/signals", "@preact/signals-core", "preact", "re2js"],
};

/** What a package ships of others: each with its name, version, licence, home and text, and what it is `inside` of. */
export function partsOf(name) {
  return SHIPPED[name].flatMap((dependency) => {
    const known = KNOWN[dependency];
    const folder = path.join("node_modules", known.at ?? dependency);
    const manifest = JSON.parse(read(folder, "package.json"));
    const own = ["LICENSE", "LICENSE.md"].find((file) => existsSync(path.join(root, folder, file)));
    return [
      {
        name: dependency,
        version: manifest.version,
        home: known.home ?? manifest.homepage ?? "",
        licence: manifest.license,
        text: own === undefined ? textOf(known) : read(folder, own),
      },
      ...(known.more ?? []).map((part) => ({ ...part, text: textOf(part), inside: dependency })),
    ];
  });
}

/** The text of a package's notices. */
export function noticesOf(name) {
  const head = `This package is distributed with the software and the font below, each under its own licence.`;
  return `${[head, ...partsOf(name).map(section)].join(`\n\n${"=".repeat(80)}\n\n`)}\n`;
}

function textOf({ licence, copyright }) {
  return `${copyright}\n\n${read("scripts", "licences", `${licence}.txt`)}`;
}

function section({ name, version, home, licence, text, inside }) {
  const title = version === undefined ? name : `${name} ${version}`;
  const where = inside === undefined ? "" : `\nIn: ${inside}`;
  return `${title}\nLicence: ${licence}${where}${home === "" ? "" : `\nFrom: ${home}`}\n\n${text}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(SHIPPED)) {
    writeFileSync(path.join(root, "packages", name, "THIRD-PARTY-NOTICES.txt"), noticesOf(name));
  }
}
