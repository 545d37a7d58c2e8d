interface Entry {
  readonly name: string;
  readonly description: string;
}

/** The page that lists what there is; its links are relative, for any prefix. */
export function indexPage(entries: readonly Entry[]): string {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = sorted.map(
    ({ name, description }) =>
      `<tr><td><a href="${encodeURI(name)}">${escapeHtml(name)}</a></td><td>${escapeHtml(description)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>/debug/pprof/</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; max-width: 60rem }
td { padding: 0.1rem 1.5rem 0.1rem 0; vertical-align: top }
</style>
</head>
<body>
<h1>/debug/pprof/</h1>
<table>
${rows.join("\n")}
</table>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
