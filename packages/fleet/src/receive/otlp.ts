import { encode, type Profile, ProfileError, readProfile, WireReader, WireWriter } from "@pprof-ts/profile";
import { FleetError, messageOf, Refusal, refusalOf } from "../error.ts";
import { encodeMessage } from "../proto/binary.ts";
import { printMessage } from "../proto/json.ts";
import { field, type Schema } from "../proto/message.ts";
import { type Answer, type Asked, contentTypeOf, type Route } from "../serve/route.ts";
import { grpcCode, keepPushed, notRead, type Pushed, type Receiver, withBody } from "./receiver.ts";
import { resourceLabels } from "./resource-labels.ts";

/** A request is one message of OTLP; each reader gives one for each resource of it. */
const READERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array[]>> = {
  "application/x-protobuf": binaryResources,
  "application/json": jsonResources,
};

/** What is wrong with a request, as OTLP answers it: google.rpc.Status. */
const STATUS: Schema = {
  enums: {},
  messages: { Status: { 1: field("code", "uint32"), 2: field("message", "string") } },
};

/** Fields of a request. */
const RESOURCE = 1;
const DICTIONARY = 2;
const BYTES = 2;
/** Each resource is read together with the dictionary of all: more than this, in bytes, takes too long. */
const MOST_TOGETHER = 2 ** 28;

/** OTLP's profiles, in the development version that there is. */
export function otlpRoute(receiver: Receiver): Route {
  return {
    method: "POST",
    path: "/v1development/profiles",
    async answer(asked) {
      const type = contentTypeOf(asked);
      try {
        await take(type, asked, receiver);
        return { status: 200, headers: { "content-type": type }, body: type === "application/json" ? "{}" : "" };
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        return otlpError(error, type);
      }
    },
  };
}

async function take(type: string, asked: Asked, receiver: Receiver): Promise<void> {
  const split = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (split === undefined) throw notRead(type, Object.keys(READERS));
  await withBody(asked, receiver, async (bytes) => {
    const pushed: Pushed[] = [];
    try {
      for (const resource of split(bytes)) {
        const profile = await readProfile(resource, { maxBytes: receiver.mostUnpackedBytes });
        pushed.push({ ...resourceLabels(profile), profile: encode(withoutResource(profile)), ...nameOf(profile) });
      }
    } catch (error) {
      if (error instanceof ProfileError) throw new Refusal(400, error.message, { cause: error });
      throw error;
    }
    await keepPushed(pushed, asked.tenant, receiver);
  });
}

/** Samples are of the processor's time where one was taken each so many nanoseconds of it. */
function nameOf({ periodType, sampleTypes }: Profile): { readonly name?: string } {
  return periodType?.type === "cpu" && sampleTypes.every(({ type }) => /^(samples?|cpu)$/.test(type))
    ? { name: "process_cpu" }
    : {};
}

/** What the resource says is in the labels of the process. */
function withoutResource(profile: Profile): Profile {
  return { ...profile, comments: [] };
}

function binaryResources(bytes: Uint8Array): Uint8Array[] {
  const reader = new WireReader(bytes);
  const resources: Uint8Array[] = [];
  let dictionary = new Uint8Array(0);
  while (reader.pos < reader.end) {
    const tag = reader.size();
    if (tag % 8 !== BYTES) {
      reader.skip(tag % 8);
      continue;
    }
    const length = reader.byteLength();
    const content = bytes.subarray(reader.pos, reader.pos + length);
    reader.pos += length;
    if (tag === RESOURCE * 8 + BYTES) resources.push(content);
    else if (tag === DICTIONARY * 8 + BYTES) dictionary = new Uint8Array(content);
  }
  checkTogether(resources.length, dictionary.length);
  return resources.map((resource) => {
    const writer = new WireWriter(resource.length + dictionary.length + 20);
    writer.bytesField(RESOURCE, resource);
    if (dictionary.length > 0) writer.bytesField(DICTIONARY, dictionary);
    return writer.finish();
  });
}

function jsonResources(bytes: Uint8Array): Uint8Array[] {
  let request: { resourceProfiles?: unknown; dictionary?: unknown };
  try {
    request = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new Refusal(400, `the request is no JSON: ${messageOf(cause)}`, { cause });
  }
  const { resourceProfiles: resources = [], dictionary } = request ?? {};
  if (!Array.isArray(resources)) throw new Refusal(400, "resourceProfiles is no list");
  checkTogether(resources.length, JSON.stringify(dictionary ?? {}).length);
  return resources.map((resource) => Buffer.from(JSON.stringify({ resourceProfiles: [resource], dictionary })));
}

function checkTogether(resources: number, dictionaryBytes: number): void {
  if (resources * dictionaryBytes <= MOST_TOGETHER) return;
  throw new Refusal(413, `${resources} resources with a dictionary of ${dictionaryBytes} bytes: send fewer at a time`);
}

function otlpError(error: FleetError, type: string): Answer {
  const refusal = refusalOf(error);
  const { status, headers, message } = refusal;
  const told = { code: grpcCode(refusal), message };
  const isText = type !== "application/x-protobuf";
  return {
    status,
    headers: { "content-type": isText ? "application/json" : type, ...headers },
    body: isText ? printMessage(STATUS, "Status", told) : encodeMessage(STATUS, "Status", told),
  };
}
