import { MISSING_HEADER, type Store } from "@pprof-ts/fleet";
import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { type Answer, httpFetch } from "../input/http.ts";
import type { Session } from "../session.ts";
import type { Request } from "../words/request.ts";
import { withoutCredentials } from "../words/source-url.ts";

/** What a collector says: the body of its answer, and what was not looked at for it. */
export interface Said {
  readonly body: Uint8Array;
  readonly missing: readonly string[];
}

/** A collector, or a store, as it is asked: at a path, with the keys of an address. What it refuses is a `ToolError`. */
export interface Fleet {
  /** Undefined where there is nothing of what is asked for. */
  readonly ask: (path: string, query: URLSearchParams) => Promise<Said | undefined>;
  readonly close: () => Promise<void>;
  /** The store itself, and whose part of it, where it is one in a folder. */
  readonly store?: { readonly all: Store; readonly tenant: string };
}

/** Seconds within which an answer has to be there. */
const PATIENCE = 120;

/** The collector at the only source of a command line. */
export function openCollector(
  { sources: [source = ""], tls, sent, timeout, maxBytes }: Request,
  env: Environment,
): Fleet {
  const base = addressOf(source);
  const fetch = httpFetch(tls, sent, env, maxBytes);
  return {
    async ask(path, query) {
      const url = new URL(base);
      url.pathname = url.pathname.replace(/\/$/, "") + path;
      url.search = query.toString();
      return saidBy(withoutCredentials(source), await fetch(url, timeout > 0 ? timeout : PATIENCE));
    },
    close: async () => {},
  };
}

/** What an answer over HTTP says. */
export function saidBy(
  source: string,
  { status, statusText, headers, body }: Pick<Answer, "status" | "statusText" | "body"> & { readonly headers: Headers },
): Said | undefined {
  if (status === 404 && headers["x-go-pprof"] !== undefined) return undefined;
  if (status === 200) return { body, missing: missingOf(headers[MISSING_HEADER]) };
  const isText = String(headers["content-type"]).startsWith("text/plain");
  const says = isText ? Buffer.from(body).toString().trim() : "";
  if (status === 400 && says !== "") throw new ToolError(says);
  throw new ToolError(`${source}: server response: ${status} ${statusText}${says === "" ? "" : `: ${says}`}`);
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** An address with or without its scheme. */
function addressOf(source: string): URL {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(source) ? source : `http://${source}`;
  if (!URL.canParse(text) || !/^(localhost|\[|.*[.:])/.test(text.replace(/^[^/]*\/\//, "")))
    throw new ToolError(`${withoutCredentials(source)}: is no address of a collector, such as localhost:4040`);
  return new URL(text);
}

/** A list of texts in JSON, as far as it is one. */
function missingOf(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  try {
    const parts: unknown = JSON.parse(String(header));
    return Array.isArray(parts) ? parts.map(String) : [];
  } catch {
    return [String(header)];
  }
}

/** An answer that is JSON. */
export async function askJson<Answer>(fleet: Fleet, path: string, query: URLSearchParams): Promise<Answer> {
  const said = await fleet.ask(path, query);
  if (said === undefined) throw new ToolError(`nothing is answered at ${path}: is it a collector?`);
  try {
    return JSON.parse(Buffer.from(said.body).toString()) as Answer;
  } catch {
    throw new ToolError(`what is answered at ${path} is no JSON: is it a collector?`);
  }
}

/** What a command line asks of a fleet. */
export interface AskedFleet {
  readonly fleet: Fleet;
  readonly request: Request;
  readonly session: Session;
}
