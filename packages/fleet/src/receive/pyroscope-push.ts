import { FleetError, refusalOf } from "../error.ts";
import { decodeMessage } from "../proto/binary.ts";
import { parseMessage } from "../proto/json.ts";
import type { Message } from "../proto/message.ts";
import { type Answer, type Asked, contentTypeOf, type Route } from "../serve/route.ts";
import { type LabelPair, PUSH_SCHEMA, type RawProfileSeries, type RawSample } from "./push-schema.ts";
import { pushedLabels } from "./pushed-labels.ts";
import { keepPushed, notRead, type Pushed, type Receiver, withBody } from "./receiver.ts";

/** Reads a message by the type of what a request holds, as unary calls of the Connect protocol have it. */
const READERS: Readonly<Record<string, (name: string, bytes: Uint8Array) => Message>> = {
  "application/proto": (name, bytes) => decodeMessage(PUSH_SCHEMA, name, bytes),
  "application/json": (name, bytes) => parseMessage(PUSH_SCHEMA, name, Buffer.from(bytes).toString()),
};

/** What Connect calls a status of HTTP. */
const CODES: Readonly<Record<number, string>> = {
  400: "invalid_argument",
  413: "resource_exhausted",
  415: "unimplemented",
  429: "resource_exhausted",
  503: "unavailable",
};

/** Pyroscope's PusherService, to which its SDKs and Grafana Alloy write. */
export function pushRoute(receiver: Receiver): Route {
  return {
    method: "POST",
    path: "/push.v1.PusherService/Push",
    async answer(asked) {
      try {
        return await push(asked, receiver);
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        return connectError(error);
      }
    },
  };
}

async function push(asked: Asked, receiver: Receiver): Promise<Answer> {
  const type = contentTypeOf(asked);
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (read === undefined) throw notRead(type, Object.keys(READERS));
  await withBody(asked, receiver, async (bytes) => {
    const series = read("PushRequest", bytes).series as readonly RawProfileSeries[];
    await keepPushed(pushedSeries(series), asked.tenant, receiver);
  });
  const isText = type === "application/json";
  return { status: 200, headers: { "content-type": type }, body: isText ? "{}" : new Uint8Array(0) };
}

/** All profiles of series. */
export function pushedSeries(
  series: readonly { readonly labels: readonly LabelPair[]; readonly samples: readonly RawSample[] }[],
): Pushed[] {
  return series.flatMap(({ labels, samples }) => {
    const of = pushedLabels(new Map(labels.map(({ name, value }) => [name, value])));
    return samples.map(({ rawProfile }) => ({ ...of, profile: rawProfile }));
  });
}

function connectError(error: FleetError): Answer {
  const { status, headers, message } = refusalOf(error);
  const body = JSON.stringify({ code: CODES[status] ?? "unknown", message });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}
