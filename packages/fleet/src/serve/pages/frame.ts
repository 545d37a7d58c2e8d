import type { AskedRange } from "../../ask/asked-profiles.ts";
import type { Answer } from "../route.ts";
import { Html, html } from "./html.ts";

/** No script and no style but the server's own, and no other site in between. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
};

/** The pages, by their paths. */
export const PAGES: readonly { readonly path: string; readonly title: string }[] = [
  { path: "/fleet/services", title: "Services" },
  { path: "/fleet/targets", title: "Targets" },
];

/** What a page shows: in which of the pages' tabs, under which title, of which time. */
export interface Shown {
  readonly path: string;
  readonly title: string;
  readonly query: URLSearchParams;
  /** Undefined where it shows no time. */
  readonly asked: AskedRange | undefined;
  readonly content: Html;
  readonly status?: number;
}

/** A page with what all of them have: the way to the others, and the form that says when. */
export function page({ path, title, query, asked, content, status = 200 }: Shown): Answer {
  const isLive =
    asked !== undefined && /^(now)?$/.test(query.get("to") ?? "") && /^(now|$)/.test(query.get("from") ?? "");
  const text = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · pprof fleet</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/fleet/style.css">
<body${isLive ? new Html(" data-live") : ""}>
<header><strong>pprof fleet</strong>
<nav aria-label="Pages">${PAGES.map((row) => tab(row, path, query))}</nav>
${asked === undefined ? "" : rangeForm(path, query)}</header>
<main>
<h1>${title}</h1>
${content}
</main>
<script src="/fleet/script.js" defer></script>
</body>
</html>
`.text;
  return { status, headers: PAGE_HEADERS, body: text };
}

/** Keys of an address that hold for every page. */
const KEPT = ["from", "to"];

function tab({ path, title }: (typeof PAGES)[number], current: string, query: URLSearchParams): Html {
  const kept = new URLSearchParams([...query].filter(([key]) => KEPT.includes(key)));
  return html`<a href="${withQuery(path, kept)}"${path === current ? new Html(' aria-current="page"') : ""}>${title}</a>`;
}

/** A path with what it is asked with. */
export function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

function rangeForm(path: string, query: URLSearchParams): Html {
  const others = [...query].filter(([key]) => !KEPT.includes(key));
  return html`<form action="${path}" method="get">
${others.map(([key, of]) => html`<input type="hidden" name="${key}" value="${of}">`)}
<label>from <input name="from" value="${query.get("from") || "now-1h"}" list="moments"></label>
<label>to <input name="to" value="${query.get("to") || "now"}" list="moments"></label>
<datalist id="moments">${MOMENTS.map((moment) => html`<option>${moment}</option>`)}</datalist>
<button>Show</button>
</form>`;
}

const MOMENTS = ["now", "now-15m", "now-1h", "now-6h", "now-1d", "now-7d"];

/** What an answer lacks, a line each. */
export function missingLines(missing: readonly string[]): Html[] {
  return missing.map((what) => html`<p class="warning">Missing: ${what}</p>`);
}
