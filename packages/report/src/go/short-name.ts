/**
 * A function's name as pictures show it, in the reference tool's way: a Go name without the path and major version of
 * its module, a Java name without package and arguments, a C++ name without the namespaces around its class.
 */
export function shortName(name: string): string {
  const bare = name.replace(/^\(anonymous namespace\)::/, "").replace(GO_VERSION, "$1$2");
  for (const family of [GO, JAVA, CPP]) {
    const match = family.exec(bare);
    if (match !== null) return match[1]!;
  }
  return bare;
}

const GO_VERSION = /^([^\n]*?)\/v(?:[2-9]|[1-9][0-9]+)([./][^\n]*)$/;
const GO = /^(?:[\w\-.]+\/)+([^.]+\.[^\n]+)/;
const JAVA = /^(?:[a-z]\w*\.)*([A-Z][\w$]*\.(?:<init>|[a-z][\w$]*(?:\$\d+)?))(?:\(|$)/;
const CPP = /^(?:[_a-zA-Z]\w*::)+(_*[A-Z]\w*::~?[_a-zA-Z]\w*(?:<[^\n]*>)?)/;
