import { FleetError } from "../../error.ts";
import type { Store } from "../../store/store.ts";
import type { Here } from "../here.ts";
import type { Answer, Asked, Route } from "../route.ts";
import { page } from "./frame.ts";
import { html } from "./html.ts";
import { SCRIPT } from "./script.ts";
import { comparePage, servicePage } from "./service-page.ts";
import { servicesPage } from "./services-page.ts";
import { STYLE } from "./style.ts";
import { targetsPage } from "./targets-page.ts";

const ANSWERS: readonly { readonly path: string; readonly answer: (asked: Asked, here: Here) => Promise<Answer> }[] = [
  { path: "/fleet/services", answer: servicesPage },
  { path: "/fleet/service", answer: servicePage },
  { path: "/fleet/compare", answer: comparePage },
  { path: "/fleet/targets", answer: targetsPage },
];

/** The types of files, by the ends of their names. */
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** What the pages of a profile may do, which draw graphs by WebAssembly in workers. */
const FILE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The pages of a fleet. `files` are the built pages of a profile by their names, to which those lead; `now` is the time in
 * milliseconds.
 */
export function pageRoutes(
  store: Store,
  files: ReadonlyMap<string, Uint8Array>,
  now: () => number = Date.now,
): Route[] {
  const get = (path: string, answer: Route["answer"]): Route => ({ method: "GET", path, answer });
  const file = (path: string, body: string | Uint8Array): Route => {
    const headers = {
      "content-type": TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
      "content-security-policy": FILE_POLICY,
    };
    return get(path, async () => ({ status: 200, headers, body }));
  };
  return [
    get("/", async () => ({ status: 307, headers: { location: "/fleet/services" }, body: "" })),
    ...ANSWERS.map(({ path, answer }) =>
      get(
        path,
        explaining((asked) => answer(asked, { store, now: now() })),
      ),
    ),
    file("/fleet/style.css", STYLE),
    file("/fleet/script.js", SCRIPT),
    ...Array.from(files, ([name, body]) => file(`/ui/${name}`, body)),
  ];
}

/** What is wrong with an address is said on a page. */
function explaining(answer: Route["answer"]): Route["answer"] {
  return async (asked) => {
    try {
      return await answer(asked);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      const content = html`<p class="problem">${error.message}</p><p><a href="/fleet/services">To all services</a></p>`;
      const { query } = asked;
      return page({ path: "", title: "This address shows nothing", query, asked: undefined, content, status: 400 });
    }
  };
}
