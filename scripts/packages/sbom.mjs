import { partsOf, SHIPPED } from "../notices.mjs";
import { run } from "./pack.mjs";

/**
 * What a package consists of, for those who have to keep account of it, in CycloneDX's JSON: what npm installs along with
 * it, by npm itself, and what is bundled in it, by its notices. `user`: a folder in which it alone is installed. Nothing in
 * it depends on when and where it was made.
 */
export function billOfMaterials({ short, name, manifest }, user) {
  const { stdout } = run("npm", ["sbom", "--sbom-format=cyclonedx", "--sbom-type=library"], user.directory);
  const { $schema, bomFormat, specVersion, components, dependencies } = JSON.parse(stdout);
  const own = components.find(
    (component) => `${component.group ?? ""}${component.name}` === name || component.name === name,
  );
  const others = components.filter((component) => component !== own).map(withoutPlace);
  // What is no package of npm's has no version in its notice.
  const bundled = (Object.hasOwn(SHIPPED, short) ? partsOf(short) : []).map(({ name, version, licence, home }) => ({
    "bom-ref": `bundled:${name}@${version ?? ""}`,
    type: "library",
    name,
    ...(version === undefined ? {} : { version, purl: `pkg:npm/${name.replace("@", "%40")}@${version}` }),
    scope: "required",
    licenses: [{ license: { id: licence } }],
    ...(home === "" ? {} : { externalReferences: [{ type: "website", url: home }] }),
  }));
  const installed = new Set(others.map(({ purl }) => purl));
  return {
    ...{ $schema, bomFormat, specVersion, version: 1 },
    metadata: { component: { ...withoutPlace(own), version: manifest.version } },
    components: [...others, ...bundled.filter(({ purl }) => !installed.has(purl))],
    dependencies: dependencies.filter(
      ({ ref }) => others.some((one) => one["bom-ref"] === ref) || ref === own["bom-ref"],
    ),
  };
}

/** Without the folder and the address that it was installed from. */
function withoutPlace({ properties, externalReferences, ...component }) {
  const outside = (externalReferences ?? []).filter(({ type, url }) => type !== "distribution" || /^https:/.test(url));
  return { ...component, ...(outside.length === 0 ? {} : { externalReferences: outside }) };
}
