export type {
  FunctionFields,
  LabelFields,
  LineFields,
  LocationFields,
  MappingFields,
  ProfileHeader,
} from "./builder.ts";
export { ProfileBuilder } from "./builder.ts";
export { decode } from "./decode.ts";
export { encode } from "./encode.ts";
export { ProfileError } from "./error.ts";
export type { Format } from "./formats.ts";
export { formats } from "./formats.ts";
export { gunzip, gzip, isGzip } from "./gzip.ts";
export type {
  FunctionTable,
  LabelTable,
  LineTable,
  LocationTable,
  MappingTable,
  Profile,
  SampleTable,
  UnknownRows,
  ValueType,
} from "./profile.ts";
export { toNumbers } from "./profile.ts";
export type { ProfileSource, ReadOptions } from "./read.ts";
export { readProfile, recogniseFormat } from "./read.ts";
export { StringTable } from "./strings.ts";
