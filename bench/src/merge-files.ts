// node merge-files.js OUTPUT PROFILE…: what `pprof -proto` does, without the tool around it.
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonical, combine, decode, encode } from "@pprof-ts/profile";

const [output, ...files] = process.argv.slice(2);
const profiles = files.map((file) => decode(gunzipSync(readFileSync(file))));
writeFileSync(output!, gzipSync(encode(canonical(combine(profiles)))));
