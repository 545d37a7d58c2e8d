import type { Answer } from "./routes.ts";

/** An error as a page, with the way back, below the prefix of a proxy: for a person whose address does not work. */
export function errorPage({ status, body = "" }: Answer, prefix: string): Answer {
  const escaped = (text: string): string => text.replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${status} · pprof</title>
<h1>This address shows nothing</h1>
<p>${escaped(String(body).trim())}</p>
<p><a href="${escaped(prefix)}/ui/flamegraph">To the profile that is open</a></p>
</html>
`;
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: html };
}
