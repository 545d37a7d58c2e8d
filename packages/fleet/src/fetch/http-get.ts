import { lookup } from "node:dns";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { ClientConfig, TlsConfig } from "../config/client-config.ts";
import { FleetError } from "../error.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { explainFailure } from "./failure.ts";
import { metadataAddresses } from "./metadata-addresses.ts";
import { authorizationOf, readSecret } from "./secret.ts";

/** What a server answered. */
export interface Fetched {
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** Why there is no answer that is of use, and how much of one there was. */
export class FetchFailure extends FleetError {
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  readonly bytes: number;
  /** Whether it took longer than it may. */
  readonly isLate: boolean;

  constructor(sentence: string, status: number, bytes: number, isLate: boolean = false) {
    super(sentence);
    this.status = status;
    this.bytes = bytes;
    this.isLate = isLate;
  }
}

export interface GetOptions {
  readonly timeoutMillis: number;
  readonly mostBytes: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts when the answer is of no use any more. */
  readonly signal?: AbortSignal;
}

/** Asks for what is at an address; all but a whole answer with the status 200 is a `FetchFailure`. */
export type Get = (url: URL, options: GetOptions) => Promise<Fetched>;

const MOST_REDIRECTS = 5;
/** As much of the body as is shown of a refusal. */
const LONGEST_REASON = 300;

/** Asks servers in the way of a configuration; what answers hold until they are whole is of `memory`. */
export function httpGet(config: ClientConfig, memory: ByteBudget): Get {
  const isMetadata = metadataAddresses();
  const guarded = guardedLookup(isMetadata);
  let agents: { readonly http: http.Agent; readonly https: https.Agent } | undefined;
  return async (url, options) => {
    const authorization = await authorizationOf(config);
    agents ??= {
      http: new http.Agent({ maxSockets: Number.POSITIVE_INFINITY }),
      https: new https.Agent({ maxSockets: Number.POSITIVE_INFINITY, ...(await tlsOptions(config.tls)) }),
    };
    const headers = { ...options.headers, ...(authorization === undefined ? {} : { authorization }) };
    const deadline = AbortSignal.timeout(options.timeoutMillis);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
    let to = url;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const literal = to.hostname.replace(/^\[|\]$/g, "");
      if (isMetadata(literal)) throw new FetchFailure(metadataSentence(literal), 0, 0);
      const request = (to.protocol === "https:" ? https : http).request(to, {
        headers,
        signal,
        lookup: guarded,
        agent: to.protocol === "https:" ? agents.https : agents.http,
      });
      const answer = await receive(request, options, memory, () => deadline.aborted);
      if ("body" in answer) return answer;
      to = redirected(to, answer.location, config);
    }
    throw new FetchFailure(`more than ${MOST_REDIRECTS} redirects`, 0, 0);
  };
}

/** Looks names up, and knows none that leads to a metadata address. */
function guardedLookup(isMetadata: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const found = typeof address === "string" ? [address] : (address ?? []).map((one) => one.address);
      const odd = error === null ? found.find(isMetadata) : undefined;
      callback(odd === undefined ? error : new FleetError(metadataSentence(odd, hostname)), address, family);
    });
  };
}

function metadataSentence(address: string, hostname = address): string {
  const where = isIP(hostname) === 0 ? `${hostname} is at ${address}, where` : `${address} is where`;
  return `${where} a cloud tells its machines' secrets: it is not asked`;
}

function redirected(from: URL, location: string, { followsRedirects }: ClientConfig): URL {
  const refused = (why: string): FetchFailure =>
    new FetchFailure(`redirect to ${JSON.stringify(location.slice(0, 200))} is not followed: ${why}`, 0, 0);
  if (!followsRedirects) throw refused("follow_redirects is false");
  if (!URL.canParse(location, from.href)) throw refused("it is no address");
  const to = new URL(location, from);
  if (to.origin !== from.origin) throw refused("it leads to another server");
  return to;
}

/** The answer to a request, or where else it is to be asked for. */
function receive(
  request: http.ClientRequest,
  { timeoutMillis, mostBytes }: GetOptions,
  memory: ByteBudget,
  isLate: () => boolean,
): Promise<Fetched | { readonly location: string }> {
  let size = 0;
  let status = 0;
  const failure = (error: unknown): FetchFailure => {
    if (error instanceof FetchFailure) return error;
    if (!isLate()) return new FetchFailure(explainFailure(error), status, size);
    const what = status === 0 ? "no answer" : `${size} bytes, and no end of the answer`;
    return new FetchFailure(`${what} within ${timeoutMillis / 1000}s`, status, size, true);
  };
  return new Promise<Fetched | { readonly location: string }>((resolve, reject) => {
    request.on("error", (error) => reject(failure(error)));
    request.once("response", (response) => {
      status = response.statusCode ?? 0;
      const { location, "content-type": contentType = "" } = response.headers;
      if (status >= 300 && status <= 399 && location !== undefined) {
        response.destroy();
        resolve({ location });
        return;
      }
      const parts: Buffer[] = [];
      let isOver = false;
      const end = (finish: () => void): void => {
        if (isOver) return;
        isOver = true;
        memory.give(parts.reduce((sum, part) => sum + part.length, 0));
        finish();
      };
      const refuse = (sentence: string): void => {
        end(() => reject(new FetchFailure(sentence, status, size)));
        request.destroy();
      };
      response
        .on("data", (part: Buffer) => {
          if (isOver) return;
          size += part.length;
          if (size > mostBytes) refuse(`more than ${mostBytes} bytes`);
          else if (!memory.take(part.length))
            refuse(`answers that are not whole yet take ${memory.most} bytes already`);
          else parts.push(part);
        })
        .on("error", (error) => end(() => reject(failure(error))))
        .once("end", () =>
          end(() => {
            const body = Buffer.concat(parts);
            if (status === 200) resolve({ body, contentType });
            else reject(new FetchFailure(refusalSentence(response, body), status, size));
          }),
        );
    });
    request.end();
  });
}

/** What a server says where it does not give what it is asked for. */
function refusalSentence({ statusCode, statusMessage, headers }: http.IncomingMessage, body: Buffer): string {
  const says = /^text\/plain\b/.test(headers["content-type"] ?? "")
    ? body.subarray(0, LONGEST_REASON).toString().trim().split("\n", 1)[0]
    : "";
  return `${statusCode} ${statusMessage}${says ? `: ${says}` : ""}`;
}

async function tlsOptions({ ca, cert, key, ...tls }: TlsConfig): Promise<https.AgentOptions> {
  return {
    ...(ca === undefined ? {} : { ca: await readSecret(ca) }),
    ...(cert === undefined || key === undefined ? {} : { cert: await readSecret(cert), key: await readSecret(key) }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.lowestVersion === undefined ? {} : { minVersion: tls.lowestVersion }),
    rejectUnauthorized: tls.checksCertificate,
  };
}
