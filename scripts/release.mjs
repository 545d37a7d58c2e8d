// Makes what is published: `node scripts/release.mjs [DIRECTORY]` (default: release).
// Builds the last commit twice, from clones of it in folders of their own, packs both, and compares them byte for byte. Only
// if they are the same, the tarballs are put into the directory, with a bill of materials for each (CycloneDX) and the
// checksums of all. `npm publish FILE` then publishes a tarball; this script publishes nothing.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { consumer } from "./packages/consumers.mjs";
import { faultsOf } from "./packages/contents.mjs";
import { filesIn, packAll, run } from "./packages/pack.mjs";
import { billOfMaterials } from "./packages/sbom.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = path.resolve(process.argv[2] ?? "release");
const scratch = mkdtempSync(path.join(tmpdir(), "pprof-release-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const changed = run("git", ["status", "--porcelain"], root).stdout;
if (changed !== "") console.error(`release: left out is what is not committed:\n${changed}`);
const revision = run("git", ["rev-parse", "HEAD"], root).stdout.trim();

const [first, second] = ["first", "second, elsewhere"].map(build);
const faults = [...first.flatMap((packed) => faultsOf(packed, packed.checkout)), ...differences(first, second)];
if (faults.length > 0) {
  console.error(`release: nothing is written, for\n${faults.join("\n")}`);
  process.exit(1);
}

mkdirSync(directory, { recursive: true });
const registry = run("npm", ["config", "get", "registry"], tmpdir()).stdout.trim();
const made = first.flatMap((packed) => {
  const place = path.join(scratch, "users", packed.short);
  const node = process.execPath;
  const user = consumer({ manager: "npm", node, wanted: [packed], all: first, directory: place, tools: "", registry });
  const tarball = path.basename(packed.tarball);
  copyFileSync(packed.tarball, path.join(directory, tarball));
  const bill = tarball.replace(/\.tgz$/, ".cdx.json");
  writeFileSync(path.join(directory, bill), `${JSON.stringify(billOfMaterials(packed, user), undefined, 2)}\n`);
  return [tarball, bill];
});
const sums = made.map((file) => `${sha256(path.join(directory, file))}  ${file}\n`);
writeFileSync(path.join(directory, "SHA256SUMS"), sums.join(""));
console.log(`${revision}, built twice with the same bytes, in ${directory}:\n${sums.join("")}`);

/** The packages of a clone that is built. */
function build(name) {
  const checkout = path.join(scratch, name);
  console.error(`release: building ${revision} in ${checkout}`);
  run("git", ["clone", "--quiet", "--no-local", root, checkout], scratch);
  run("git", ["checkout", "--quiet", "--detach", revision], checkout);
  run(process.execPath, [path.join(checkout, "scripts", "run.mjs"), "build"], checkout);
  const packed = packAll(checkout, path.join(scratch, `${name}, packed`));
  return packed.map((one) => ({ ...one, checkout }));
}

/** In which files two builds are not the same. */
function differences(first, second) {
  return first.flatMap((one, at) => {
    const other = second[at];
    if (sha256(one.tarball) === sha256(other.tarball)) return [];
    const files = new Set([...filesIn(one.folder), ...filesIn(other.folder)]);
    const unlike = [...files].filter(
      (file) => sha256(path.join(one.folder, file)) !== sha256(path.join(other.folder, file)),
    );
    return [`two builds of ${one.name} differ: ${unlike.join(", ") || "in how the tarball was written"}`];
  });
}

function sha256(file) {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return "";
  }
}
