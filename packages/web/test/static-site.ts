import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/**
 * A server of plain files: `files` by their names, and the built pages below /pprof/. `policy` is its
 * Content-Security-Policy; of what was asked, `asked` has the paths.
 */
export async function serveSite(
  files: Readonly<Record<string, string | Uint8Array>>,
  policy: string,
): Promise<{ readonly url: string; readonly asked: string[]; readonly stop: () => void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? "", "http://site").pathname.slice(1));
    asked.push(name);
    const built = path.join(dist, path.basename(name));
    const content = files[name] ?? (name.startsWith("pprof/") && existsSync(built) ? readFileSync(built) : undefined);
    response.setHeader("content-security-policy", policy);
    response.setHeader("content-type", TYPES[path.extname(name)] ?? "application/octet-stream");
    if (content === undefined) response.writeHead(404).end("<!doctype html><title>Not here</title>");
    else response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => server.close() };
}
