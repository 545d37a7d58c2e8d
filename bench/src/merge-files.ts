// node merge-files.js OUTPUT PROFILE…: what `pprof -proto` does, without the tool around it.
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonical, combine, decode, encode } from "@pprof-ts/profile";

const [output, ...files] = process.argv.slice(2);
const profiles = files.map((file) => {
  const bytes = readFileSync(file);
  // gzip ends with the size of what is in it; with room for all of it nothing is put together from pieces.
  return decode(gunzipSync(bytes, { chunkSize: bytes.readUInt32LE(bytes.length - 4) + 64 }));
});
writeFileSync(output!, gzipSync(encode(canonical(combine(profiles)))));
