export type {
  FunctionFields,
  LabelFields,
  LineFields,
  LocationFields,
  MappingFields,
  ProfileHeader,
} from "./builder.ts";
export { ProfileBuilder } from "./builder.ts";
export { ProfileError } from "./error.ts";
export { filterByLabel, filterByTime, filterSamples } from "./filter.ts";
export type { WriteOptions } from "./format/build/sample-type.ts";
export type { Format } from "./formats.ts";
export { formats } from "./formats.ts";
export { gunzip, gzip, isGzip, MAX_BYTES } from "./gzip.ts";
export { canonical } from "./merge/canonical.ts";
export { EncodedMerger } from "./merge/encoded-merger.ts";
export { compact, merge } from "./merge/merge.ts";
export { combine, convertUnits, intersectSampleTypes } from "./merge/sample-types.ts";
export { normalize, scale } from "./merge/scale.ts";
export type { SubtractOptions } from "./merge/subtract.ts";
export { BASE_LABEL, setLabel, subtract } from "./merge/subtract.ts";
export { unitRatio } from "./merge/units.ts";
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
export { decode } from "./proto/decode.ts";
export { encode } from "./proto/encode.ts";
export type { NameMatch } from "./prune.ts";
export { removeUninteresting } from "./prune.ts";
export type { ProfileSource, ReadOptions } from "./read.ts";
export { readProfile, recogniseFormat } from "./read.ts";
export type { StackMerger } from "./stack-merger.ts";
export { exactBytes, exactText, StringTable } from "./strings.ts";
export { validate } from "./validate.ts";
export type { WriteProfileOptions } from "./write.ts";
export { writeProfile } from "./write.ts";
