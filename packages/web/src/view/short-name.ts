/** The ways in which languages put a path before a function's name; the first group is what is left without it. */
const PATHS: readonly RegExp[] = [
  // Go: github.com/who/repo/package.(*Type).Method
  /^(?:[\w\-.~]+\/)+([^.]+\..+)/,
  // Java: java.util.concurrent.Pool.run
  /^(?:[a-z]\w*\.)+([A-Z][\w$]*\.(?:<init>|[a-z_$][\w$]*).*)/,
  // C++: std::__detail::_Executor<…>::_M_dfs
  /^(?:[_a-z]\w*::)+(_*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<.*>)?.*)/,
];

/** A function's name without the path of its package or its namespaces. */
export function shortName(name: string): string {
  if (name.length > 1000) return name;
  for (const path of PATHS) {
    const found = path.exec(name);
    if (found) return found[1]!;
  }
  return name;
}
