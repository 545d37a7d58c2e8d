import { isIP, isIPv6 } from "node:net";
import { RuntimeError } from "../../error.ts";
import { type Answer, refuse } from "../call.ts";

/** What a request says of where it comes from. */
export interface Asking {
  /** Its `Host`; undefined where a client of HTTP/1.0 sends none, which no browser does. */
  readonly host: string | undefined;
  /** Whether it is for the index, which costs next to nothing: other sites may link to it. */
  readonly asksIndex: boolean;
  header(name: string): string | undefined;
}

/** The names by which a server is asked, and the option that says more. */
export interface Hosts {
  readonly names: readonly string[];
  readonly option: string;
}

/**
 * What browsers send of what they fetch ahead of time: today's header, and those of before. A page of any site has Chromium do so
 * (`<script type="speculationrules">`), which then says `Sec-Fetch-Site: none`, as if somebody had typed the address.
 */
const AHEAD: readonly string[] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/** The option of the debug port. */
export const ALLOWED_HOSTS = "allowedHosts (PPROF_ALLOWED_HOSTS)";

/** A function that refuses requests which a page of another site had a browser send; without `hosts` it checks no name. */
export function browserGate(hosts: Hosts | undefined): (asking: Asking) => Answer | undefined {
  const whyHost = hosts && hostCheck(hosts);
  return (asking) => {
    const why = whyHost?.(asking.host) ?? whyForeign(asking);
    return why === undefined ? undefined : refuse(403, `Forbidden: ${why}`);
  };
}

/**
 * Why a host is not served. A name that its owner points at this machine (DNS rebinding) would make another site's pages pass
 * for ours, so names are served only where they are known: `localhost` and all below it, which are never looked up elsewhere,
 * and those that were named. Nobody can point an address somewhere else, so addresses are.
 */
function hostCheck({ names, option }: Hosts): (host: string | undefined) => string | undefined {
  const known = [...names, ".localhost"].map((name) => name.toLowerCase());
  return (host) => {
    if (host === undefined) return undefined;
    const name = nameOf(host);
    if (name === undefined) return `the host ${JSON.stringify(host)} is not served here`;
    if (isIP(name) !== 0) return undefined;
    if (known.some((suffix) => name === suffix || (suffix[0] === "." && `.${name}`.endsWith(suffix)))) return undefined;
    return `the host ${JSON.stringify(name)} is not served here: ${option} names those that are`;
  };
}

/** The host of a `Host` header without its port, and an IPv6 address without its brackets; undefined where it is none. */
function nameOf(host: string): string | undefined {
  const found = /^(?:\[([\da-f:.]+)\]|([\w.-]+?)\.?)(?::\d{1,5})?$/i.exec(host);
  if (found?.[1] !== undefined) return isIPv6(found[1]) ? found[1] : undefined;
  return found?.[2]?.toLowerCase();
}

/**
 * Why a request passes for one that another site had a browser send: an `<img>` costs what a capture costs, though it cannot
 * read the answer. Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); other clients do not, and are let
 * through. Over HTTP to another machine browsers leave out the first: there, captures are asked for from the index page.
 */
function whyForeign({ host = "", asksIndex, header }: Asking): string | undefined {
  const own = ["http", "https"].map((scheme) => `${scheme}://${host.toLowerCase()}`);
  const origin = header("origin");
  if (origin !== undefined && !own.includes(origin.toLowerCase())) {
    return `requests from ${JSON.stringify(origin)} are not answered`;
  }
  const ahead = asksIndex ? undefined : AHEAD.find((name) => header(name) !== undefined);
  if (ahead !== undefined) {
    return `requests from a browser ahead of time are not answered (${ahead}: ${header(ahead)}): nobody has asked yet`;
  }
  const site = header("sec-fetch-site");
  if (site === "same-origin" || site === "none") return undefined;
  if (site !== undefined) {
    // Following a link is no capture; what is loaded into another site's page is not asked for by anybody.
    const isLink = header("sec-fetch-mode") === "navigate" && (header("sec-fetch-dest") ?? "document") === "document";
    if (asksIndex && isLink) return undefined;
    return `requests from pages of other sites are not answered (Sec-Fetch-Site: ${site}); only links to the index page are`;
  }
  if (asksIndex || !isBrowser(header("user-agent") ?? "")) return undefined;
  const referer = header("referer")?.toLowerCase() ?? "";
  if (own.some((base) => referer.startsWith(`${base}/`))) return undefined;
  return "this browser does not say which page a request comes from: begin at the index page, or ask with curl";
}

/** By the name that all browsers bear; Windows' PowerShell bears it too. */
function isBrowser(userAgent: string): boolean {
  return /^Mozilla\//.test(userAgent) && !userAgent.includes("PowerShell/");
}

/** The names, which are such as `app.example.com`, or `.example.com` for that one and all below it. */
export function hostsOf(names: readonly string[], option: string): Hosts {
  const wrong = names.find((host) => isIP(host) === 0 && !/^\.?[a-z\d_-]+(\.[a-z\d_-]+)*$/i.test(host));
  if (wrong === undefined) return { names, option };
  throw new RuntimeError(
    `invalid host ${JSON.stringify(wrong)} in ${option}: must be a name such as app.example.com, or .example.com for all below it, without a port`,
  );
}
