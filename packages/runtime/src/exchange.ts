/** A request for something under `/debug/pprof/`, wherever it came from. */
export interface Call {
  readonly method: string;
  /** What follows the prefix: "" for the index, "heap" for the heap profile. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** A refusal as Go words it: plain text, marked so that `go tool pprof` shows it. */
export function refuse(status: number, sentence: string): Answer {
  return {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-go-pprof": "1",
    },
    body: `${sentence}\n`,
  };
}

/** A file to download. */
export function download(filename: string, body: Uint8Array): Answer {
  return {
    status: 200,
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${filename}"`,
      "x-content-type-options": "nosniff",
    },
    body,
  };
}

export function page(body: string): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff" },
    body,
  };
}
