import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./pack.mjs";

/** How each package manager is told, a row a manager: to take our packages from files, to install, and to run what is installed. */
export const MANAGERS = {
  npm: {
    manifest: (ours) => ({ overrides: ours }),
    install: ["install", "--no-fund", "--no-audit", "--prefer-offline", "--loglevel=error"],
    node: ["exec", "--", "node"],
    pprof: ["exec", "--", "pprof-ts"],
  },
  pnpm: {
    tool: "pnpm/bin/pnpm.cjs",
    manifest: (ours) => ({ pnpm: { overrides: ours } }),
    install: ["install", "--no-frozen-lockfile", "--prefer-offline", "--reporter=silent"],
    node: ["exec", "node"],
    pprof: ["exec", "pprof"],
  },
  yarn: {
    tool: "yarn/bin/yarn.js",
    manifest: (ours) => ({ resolutions: ours }),
    install: ["install", "--no-lockfile", "--non-interactive", "--prefer-offline", "--silent"],
    node: ["--silent", "node"],
    // It takes the first `--` for its own.
    pprof: ["--silent", "run", "pprof", "--"],
  },
  "yarn-pnp": {
    tool: "@yarnpkg/cli-dist/bin/yarn.js",
    manifest: (ours) => ({ resolutions: ours }),
    files: { ".yarnrc.yml": "nodeLinker: pnp\nenableTelemetry: false\nenableImmutableInstalls: false\n" },
    install: ["install"],
    node: ["node"],
    pprof: ["run", "pprof"],
  },
};

/**
 * A user: a folder in which these of our packages are installed from their tarballs, by this manager, on this Node. `tools`
 * is the folder in which the managers are. `more`: other packages, by their versions.
 */
export function consumer({ manager, node, wanted, all, directory, tools, registry, more = {} }) {
  const row = MANAGERS[manager];
  const ours = Object.fromEntries(all.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const dependencies = { ...Object.fromEntries(wanted.map(({ name }) => [name, ours[name]])), ...more };
  mkdirSync(directory, { recursive: true });
  const manifest = {
    name: "user",
    version: "1.0.0",
    private: true,
    type: "module",
    dependencies,
    ...row.manifest(ours),
  };
  const files = { "package.json": JSON.stringify(manifest), "yarn.lock": "", ...row.files };
  if (!manager.startsWith("yarn")) delete files["yarn.lock"];
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(directory, file), text);

  const env = { ...withoutNpm(process.env), PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  Object.assign(env, { CI: "", NODE_OPTIONS: "", PPROF_ADDR: "127.0.0.1:0" });
  Object.assign(env, { npm_config_registry: registry, YARN_NPM_REGISTRY_SERVER: registry });
  const call = (words) =>
    row.tool === undefined
      ? run("npm", words, directory, env)
      : run(node, [path.join(tools, "node_modules", row.tool), ...words], directory, env);
  call(row.install);
  return {
    directory,
    /** Runs a program of Node's in the folder, as users of this manager do; what it prints. */
    node: (words) => call([...row.node, ...words]).said,
    pprof: (words) => call([...row.pprof, ...words]).said,
  };
}

/** npm tells what it starts of itself, which another manager would take for its own settings. */
function withoutNpm(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name)));
}
