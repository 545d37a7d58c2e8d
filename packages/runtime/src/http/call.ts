/** A request for something under `/debug/pprof/`, wherever it came from; plain data but for the signal. */
export interface CallData {
  readonly method: string;
  /** What follows the prefix: "" for the index, "heap" for the heap profile. */
  readonly name: string;
  /** What follows the question mark. */
  readonly rawQuery: string;
  /** The `Accept` header. */
  readonly accept: string;
  readonly body: string;
  /** After how long the server that took the request gives up on its answer; 0: never. */
  readonly timeoutMillis: number;
}

export interface Call extends CallData {
  readonly query: URLSearchParams;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** The name of a file is cut to so many characters: clients bound the headers that they take. */
const MOST_NAME = 150;

/** What the page of the index is allowed: its own style. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SAFETY: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Over HTTP it is all that a browser says of where its request comes from.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** The longest time that a request may ask for, in seconds, unless that is set. */
export const MAX_SECONDS = 3_600;
/** The longest delay of a timer, in seconds. */
export const TIMER_SECONDS: number = Math.floor((2 ** 31 - 1) / 1000);

export function callOf(data: CallData, signal: AbortSignal): Call {
  return { ...data, query: new URLSearchParams(data.rawQuery), signal };
}

/** A refusal as Go words it: plain text, marked so that `go tool pprof` shows it. */
export function refuse(status: number, sentence: string): Answer {
  const answer = typed("text/plain; charset=utf-8", `${sentence}\n`);
  return { ...answer, status, headers: { ...answer.headers, "x-go-pprof": "1" } };
}

/** A refusal of the server's own, not of the profiler's, as Go's servers word it. */
export function httpError(status: number, sentence: string): Answer {
  return { ...typed("text/plain; charset=utf-8", `${sentence}\n`), status };
}

/** The path that was meant, for those who leave out the slash of the index page, or have one too many. */
export function redirect(path: string, rawQuery: string): Answer {
  const target = rawQuery === "" ? path : `${path}?${rawQuery}`;
  // Bytes that an address cannot have; browsers read a backslash as a slash, and two of them lead to another site.
  const location = target.replaceAll(/[^!#$%&'()*+,\-./:;=?@[\]\w~]/g, escapeByte);
  const body = `<a href="${escapeHtml(location)}">Temporary Redirect</a>.\n\n`;
  return { status: 307, headers: { "content-type": "text/html; charset=utf-8", location }, body };
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** A file to download. */
export function download(filename: string, body: Uint8Array): Answer {
  const answer = typed("application/octet-stream", body);
  return { ...answer, headers: { ...answer.headers, "content-disposition": attachment(filename) } };
}

/** How a file is named to all clients (RFC 6266): as Go does, and what that cannot say also in the way of RFC 5987. */
function attachment(filename: string): string {
  const name = wellFormed(filename.slice(0, MOST_NAME));
  const ascii = name.replaceAll(/[^ !#$&-.0-~]|\\/g, "_");
  if (ascii === filename) return `attachment; filename="${ascii}"`;
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, escapeByte);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The text without halves of characters, which have no bytes. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** The headers of every answer: no script runs in it, no other site has a use for it, and no name in it ends a line. */
export function safe(answer: Answer): Answer {
  const headers: [string, string][] = Object.entries(answer.headers).map(([name, value]) => [
    name,
    value.replaceAll(/[^\t\x20-\x7e]/g, "_"),
  ]);
  return { ...answer, headers: { ...SAFETY, ...Object.fromEntries(headers) } };
}

export function page(html: string): Answer {
  return typed("text/html; charset=utf-8", html);
}

export function plain(text: string): Answer {
  return typed("text/plain; charset=utf-8", text);
}

export function json(value: unknown): Answer {
  return typed("application/json", `${JSON.stringify(value)}\n`);
}

/** A parameter as an integer: 0 where it is missing, undefined where it is none. */
export function integer(text: string | null): number | undefined {
  if (text === null || text === "") return 0;
  const value = Number(text);
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function typed(type: string, body: Uint8Array | string): Answer {
  return { status: 200, headers: { "content-type": type }, body };
}
