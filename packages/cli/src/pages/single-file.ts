import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";
import type { PackedSources } from "./packed-sources.ts";

/** What is put inline, by the name of its file; a worker stands in an element that `analyst.ts` of the pages looks for. */
const WORKERS = ["worker", "graph-worker", "trace-worker"] as const;

/** What a page in one file holds. */
interface Content {
  readonly shown: { readonly profile: Profile } | { readonly trace: Uint8Array };
  readonly title: string;
  /** The query that the first page opens with. */
  readonly search: string;
  readonly sources: PackedSources | undefined;
}

/**
 * All pages and a profile, or a trace, in one HTML document, which needs no server: it may be opened from disk, sent and kept. `files`
 * are the built pages.
 */
export function page(content: Content, files: ReadonlyMap<string, Uint8Array>): string {
  const { shown, title, search, sources } = content;
  const [id, bytes] = "trace" in shown ? ["trace", shown.trace] : ["profile", encode(shown.profile)];
  const file = (name: string): string => Buffer.from(files.get(name)!).toString();
  const script = inScript(file("whole.js"));
  const style = file("index.css");
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)} 'wasm-unsafe-eval'`,
    "worker-src blob:",
    `style-src ${hash(style)}`,
    "img-src data: blob:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    '<div id="app"></div>',
    ...WORKERS.filter((name) => files.has(`${name}.js`)).map(
      (name) => `<script type="text/plain" id="pprof-${name}">${inScript(file(`${name}.js`))}</script>`,
    ),
    `<script type="text/plain" id="pprof-query">${inScript(search)}</script>`,
    `<script type="text/plain" id="pprof-${id}">${gzipSync(bytes).toString("base64")}</script>`,
    ...(sources === undefined
      ? []
      : [
          `<script type="text/plain" id="pprof-sources">${gzipSync(JSON.stringify(sources)).toString("base64")}</script>`,
        ]),
    `<script type="module">${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** A script's text without what would end its element early; inside of strings and expressions it means the same. */
function inScript(text: string): string {
  return text.replace(/<(?=\/script|!--)/gi, "\\x3c");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
