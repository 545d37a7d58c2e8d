import { ToolError } from "../error.ts";
import { withoutSecretQuery } from "./secret-query.ts";

/** The path that an address without one stands for. */
const DEFAULT_PATH = "/debug/pprof/profile";

const HIGHEST_PORT = 65535;

/** An address that a profile is fetched from. */
export interface SourceUrl {
  readonly url: URL;
  /** For how long the program at the other end records, where that is known. */
  readonly seconds: number | undefined;
  /** How long the answer may take, in seconds. */
  readonly timeout: number;
}

/**
 * Understands a source as an address, or returns undefined where it is none. `host:port` is one; an empty path stands
 * for the CPU profile, as in `go tool pprof`. `seconds` and `timeout` are those given as flags, not positive for none.
 */
export function sourceUrl(source: string, seconds: number, timeout: number): SourceUrl | undefined {
  const url = parse(source);
  if (url === undefined) {
    const port = /^(?:[a-z][a-z\d+.-]*:\/\/)?[^/?#@]*:(-?\d+)(?:[/?#]|$)/i.exec(source)?.[1];
    if (port !== undefined && !(Number(port) >= 0 && Number(port) <= HIGHEST_PORT))
      throw new ToolError(`address ${port}: invalid port`);
    return undefined;
  }
  if (url.pathname === "" || url.pathname === "/") url.pathname = DEFAULT_PATH;
  if (seconds > 0) url.searchParams.set("seconds", String(seconds));
  // Rewritten even if unchanged, in the order and the spelling of Go's url.Values.
  url.searchParams.sort();
  const asked = url.searchParams.get("seconds") ?? "";
  const inUrl = /^[+-]?\d+$/.test(asked) ? Number(asked) : undefined;
  const duration = seconds > 0 ? seconds : inUrl;
  const assumed = url.pathname.endsWith(DEFAULT_PATH) && asked === "" ? 30 : undefined;
  const longest = duration !== undefined && duration > 0 ? duration * 1.5 : 60;
  return { url, seconds: duration ?? assumed, timeout: timeout > 0 ? timeout : longest };
}

/** A socket of this machine and what its server is asked for: `unix:/run/app.sock:/debug/pprof/heap`. */
const SOCKET = /^unix:(?:\/\/)?(\/[^:]+)(?::(\/.*)?)?$/;

/** As the URL of a source has them: the path of the socket where a host's name would be. */
export function socketOf(url: URL): { readonly socketPath: string; readonly path: string } {
  return { socketPath: decodeURIComponent(url.hostname), path: url.pathname + url.search };
}

/** A URL as the command line would have it, without credentials. */
export function shownUrl(url: URL): string {
  if (url.protocol !== "unix:") return withoutCredentials(url.href);
  const { socketPath, path } = socketOf(url);
  return withoutSecretQuery(`unix:${socketPath}:${path}`);
}

const WINDOWS_PATH = /^[a-z]:\\/i;

function parse(source: string): URL | undefined {
  const socket = SOCKET.exec(source);
  if (socket !== null) return new URL(`unix://${encodeURIComponent(socket[1]!)}${socket[2] ?? "/"}`);
  if (!/^[^/?#]+:/.test(source) || /^file:/i.test(source) || WINDOWS_PATH.test(source)) return undefined;
  const url = /^[a-z][a-z\d+.-]*:\/\/[^/]/i.test(source) ? source : `http://${source}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** A source as it may be shown: an address without a user's name and password, a query without secrets, all else as it is. */
export function withoutCredentials(source: string): string {
  return withoutSecretQuery(withoutUser(source));
}

/** An address with a slash too few or too many before its host, such as `http:/me:secret@app`, and that host's user. */
const MISTYPED = /^((?:[a-z][a-z\d+.-]+:\/\/)?https?(?:\+insecure)?:?[/\\]+|\/\/)[^/\\?#]*:[^/\\?#]*@/i;

/** An address without a user's name and password. */
export function withoutUser(source: string): string {
  if (WINDOWS_PATH.test(source)) return source;
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(source)?.[0] ?? "";
  const rest = source.slice(scheme.length);
  if (scheme === "" && !/^[^/?#@]*:/.test(rest)) return source.replace(MISTYPED, "$1");
  // A password with a slash in it makes an address that is none, and is a secret all the same.
  const authority = URL.canParse(scheme === "" ? `http://${source}` : source) ? rest.search(/[/?#]|$/) : rest.length;
  return (scheme + rest.slice(rest.lastIndexOf("@", authority) + 1)).replace(MISTYPED, "$1");
}
