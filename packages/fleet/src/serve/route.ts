/** A request, as far as an answer depends on it. */
export interface Asked {
  readonly query: URLSearchParams;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whose profiles are asked for. */
  readonly tenant: string;
  /** All that was sent, up to so many bytes; more is a `FleetError`. */
  readonly body: (mostBytes: number) => Promise<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What is answered at one path. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly answer: (asked: Asked) => Promise<Answer>;
}

/** The type of what a request holds, without parameters, in lower case. */
export function contentTypeOf({ headers }: Asked): string {
  return String(headers["content-type"] ?? "")
    .split(";", 1)[0]!
    .trim()
    .toLowerCase();
}
