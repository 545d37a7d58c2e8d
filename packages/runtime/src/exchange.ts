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

/** The longest delay of a timer, in seconds. */
export const MAX_SECONDS: number = Math.floor((2 ** 31 - 1) / 1000);

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
  const location = rawQuery === "" ? path : `${path}?${rawQuery}`;
  const body = `<a href="${escapeHtml(location)}">Temporary Redirect</a>.\n\n`;
  return { status: 307, headers: { "content-type": "text/html; charset=utf-8", location }, body };
}

/** A file to download. */
export function download(filename: string, body: Uint8Array): Answer {
  const answer = typed("application/octet-stream", body);
  return { ...answer, headers: { ...answer.headers, "content-disposition": `attachment; filename="${filename}"` } };
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
  return { status: 200, headers: { "content-type": type, "x-content-type-options": "nosniff" }, body };
}
