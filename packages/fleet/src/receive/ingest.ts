import { encode, type Profile, ProfileError, readProfile, subtract } from "@pprof-ts/profile";
import { epochMillis } from "../ask/time.ts";
import { messageOf, Refusal } from "../error.ts";
import type { Asked, Route } from "../serve/route.ts";
import type { CountersSince } from "../store/store.ts";
import { type AppName, readAppName } from "./app-name.ts";
import { readFolded } from "./folded.ts";
import { keepPushed, type Pushed, type Receiver, withBody } from "./receiver.ts";
import { foldedKind, nameOfDisplay } from "./sample-kinds.ts";

/** What a request to /ingest says of what it holds. */
interface Ingested {
  readonly app: AppName;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  readonly mostBytes: number;
}

/** What is pushed, but for the labels of the app. */
type Content = Omit<Pushed, "labels">;

/** Reads what is ingested, by its format. */
const FORMATS: Readonly<Record<string, (ingested: Ingested) => Promise<Content>>> = {
  pprof: async ({ bytes }) => ({ profile: bytes, countersSince: "begin" }),
  folded: async (ingested) => folded(ingested, true),
  collapsed: async (ingested) => folded(ingested, true),
  groups: async (ingested) => folded(ingested, true),
  lines: async (ingested) => folded(ingested, false),
  jfr: ofOtherTools,
  speedscope: ofOtherTools,
};

/** Pyroscope's older address, to which its SDKs for scripting languages write. */
export function ingestRoute(receiver: Receiver): Route {
  return {
    method: "POST",
    path: "/ingest",
    async answer(asked) {
      await withBody(asked, receiver, (bytes) => ingest(bytes, asked, receiver));
      return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "" };
    },
  };
}

async function ingest(bytes: Uint8Array, asked: Asked, receiver: Receiver): Promise<void> {
  const { query, headers } = asked;
  const app = readAppName(query.get("name") ?? "");
  const contentType = String(headers["content-type"] ?? "");
  const mostBytes = receiver.mostUnpackedBytes;
  const ingested: Ingested = { app, query, contentType, bytes, mostBytes };
  let content: Content;
  try {
    content = await readContent(ingested);
  } catch (error) {
    if (error instanceof ProfileError) throw new Refusal(400, error.message, { cause: error });
    throw error;
  }
  await keepPushed([{ labels: app.labels, ...content }], asked.tenant, receiver);
}

async function readContent(ingested: Ingested): Promise<Content> {
  const { query, contentType } = ingested;
  if (/^multipart\/form-data\b/i.test(contentType)) return multipart(ingested);
  const format = query.get("format") || "folded";
  const read = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (read === undefined) {
    const known = Object.keys(FORMATS).join(", ");
    throw new Refusal(400, `format ${JSON.stringify(format.slice(0, 40))} is not read: must be one of ${known}`);
  }
  return read(ingested);
}

function folded({ app, query, bytes }: Ingested, isCounted: boolean): Content {
  const rate = Number(query.get("sampleRate") || 100);
  if (!(rate > 0 && rate <= 1e6)) {
    throw new Refusal(400, `invalid sampleRate ${JSON.stringify(query.get("sampleRate"))}: must be samples a second`);
  }
  const kind = foldedKind(app.suffix, query.get("units") ?? "", rate);
  const untilMillis = timeOf(query, "until");
  const times = { fromMillis: timeOf(query, "from", untilMillis), untilMillis };
  const profile = readFolded(Buffer.from(bytes).toString(), kind, times, isCounted);
  return { name: kind.name, profile: encode(profile), countersSince: "begin" };
}

/** When something was, in milliseconds since 1970; where nothing is said, `otherwise`. Seconds, or finer where the number is so large. */
function timeOf(query: URLSearchParams, key: string, otherwise: number = Date.now()): number {
  const text = query.get(key);
  if (text === null || text === "") return otherwise;
  const time = Number(text);
  if (!/^\d{1,19}(?:\.\d+)?$/.test(text)) {
    throw new Refusal(400, `invalid ${key} ${JSON.stringify(text.slice(0, 40))}: must be seconds since 1970`);
  }
  return epochMillis(time)!;
}

/** A form as the SDKs send it: the profile, the one before it where its counters are to be made differences, and its types. */
async function multipart({ contentType, bytes, mostBytes }: Ingested): Promise<Content> {
  let form: FormData;
  try {
    form = await new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": contentType },
    }).formData();
  } catch (cause) {
    throw new Refusal(400, `the request is no form: ${messageOf(cause)}`, { cause });
  }
  const part = async (name: string): Promise<Uint8Array | undefined> => {
    const value = form.get(name);
    if (value === null) return undefined;
    return typeof value === "string" ? Buffer.from(value, "latin1") : new Uint8Array(await value.arrayBuffer());
  };
  const given = await part("profile");
  const jfr = await part("jfr");
  if (given === undefined && jfr === undefined) throw new Refusal(400, "the form has no part called profile");
  const config = readTypeConfig(await part("sample_type_config"));
  const about = { ...(config.name === undefined ? {} : { name: config.name }), countersSince: config.since };
  if (given === undefined) return { ...about, profile: encode(await read(jfr!, mostBytes)) };
  const before = await part("prev_profile");
  if (before === undefined || before.length === 0) return { ...about, profile: given };
  const [now, then] = [await read(given, mostBytes), await read(before, mostBytes)];
  return { ...about, profile: encode({ ...subtract(now, then), timeNanos: now.timeNanos }), countersSince: "begin" };
}

async function ofOtherTools({ bytes, mostBytes }: Ingested): Promise<Content> {
  return { profile: encode(await read(bytes, mostBytes)), countersSince: "begin" };
}

function read(bytes: Uint8Array, mostBytes: number): Promise<Profile> {
  return readProfile(bytes, { maxBytes: mostBytes });
}

interface TypeConfig {
  readonly name: string | undefined;
  readonly since: CountersSince;
}

/**
 * What the SDKs say of the types of a profile: how they are shown, and whether they count from the process's start. Where they do not
 * say so, they have made the differences themselves.
 */
function readTypeConfig(bytes: Uint8Array | undefined): TypeConfig {
  if (bytes === undefined || bytes.length === 0) return { name: undefined, since: "begin" };
  let rows: Record<string, { "display-name"?: unknown; cumulative?: unknown } | null>;
  try {
    rows = JSON.parse(Buffer.from(bytes).toString());
    if (typeof rows !== "object" || rows === null) throw new Error("it is no object");
  } catch (cause) {
    throw new Refusal(400, `sample_type_config is no JSON of types: ${messageOf(cause)}`, { cause });
  }
  const types = Object.values(rows).filter((row) => typeof row === "object" && row !== null);
  const names = types.flatMap((row) => nameOfDisplay(String(row!["display-name"] ?? "")) ?? []);
  return { name: names[0], since: types.some((row) => row!.cumulative === true) ? "start" : "begin" };
}
