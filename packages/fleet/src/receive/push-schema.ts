import { field, list, type Schema } from "../proto/message.ts";

/** What is pushed, as push/v1/push.proto and types/v1/types.proto of Pyroscope and profilestore.proto of Parca have it. */
export const PUSH_SCHEMA: Schema = {
  enums: {},
  messages: {
    PushRequest: { 1: list("series", "RawProfileSeries") },
    RawProfileSeries: { 1: list("labels", "LabelPair"), 2: list("samples", "RawSample") },
    LabelPair: { 1: field("name", "string"), 2: field("value", "string") },
    RawSample: { 1: field("raw_profile", "bytes") },
    // Whose profiles these are is what the token says, whatever stands in the field `tenant`.
    WriteRawRequest: { 2: list("series", "ParcaSeries") },
    ParcaSeries: { 1: field("labels", "LabelSet"), 2: list("samples", "RawSample") },
    LabelSet: { 1: list("labels", "LabelPair") },
  },
};

/** A message of the schema, in the names of its JSON. */
export interface LabelPair {
  readonly name: string;
  readonly value: string;
}

export interface RawSample {
  readonly rawProfile: Uint8Array;
}

export interface RawProfileSeries {
  readonly labels: readonly LabelPair[];
  readonly samples: readonly RawSample[];
}

export interface ParcaSeries {
  readonly labels?: { readonly labels: readonly LabelPair[] };
  readonly samples: readonly RawSample[];
}
