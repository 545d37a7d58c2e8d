const REGEXP = "error parsing regexp: missing closing ): `(`";
const bool = (key: string, option: string): readonly [string, string] => [
  `top?${key}=maybe`,
  `error setting config field ${option}: illegal value "maybe" for bool variable`,
];
const regexp = (key: string, option: string): readonly [string, string] => [
  `top?${key}=(`,
  `parsing ${option} regexp: ${REGEXP}`,
];

/** Addresses below /ui/ that both tools refuse, and the words, for a profile with the one sample type cpu. */
export const BAD_QUERIES: readonly (readonly [target: string, message: string])[] = [
  ["top?n=abc", 'error setting config field nodecount: strconv.Atoi: parsing "abc": invalid syntax'],
  ["flamegraph?n=1.5", 'error setting config field nodecount: strconv.Atoi: parsing "1.5": invalid syntax'],
  [
    "top?n=99999999999999999999",
    'error setting config field nodecount: strconv.Atoi: parsing "99999999999999999999": value out of range',
  ],
  ["top?nf=abc", 'error setting config field nodefraction: strconv.ParseFloat: parsing "abc": invalid syntax'],
  ["top?nf=1e999", 'error setting config field nodefraction: strconv.ParseFloat: parsing "1e999": value out of range'],
  ["top?ef=x", 'error setting config field edgefraction: strconv.ParseFloat: parsing "x": invalid syntax'],
  ["top?g=nothing", 'error setting config field granularity: invalid "granularity" value "nothing"'],
  ["top?sort=nothing", 'error setting config field sort: invalid "sort" value "nothing"'],
  ["top?si=space", 'sample_index "space" must be one of: [cpu]'],
  bool("trim", "trim"),
  bool("calltree", "call_tree"),
  bool("rel", "relative_percentages"),
  bool("compact", "compact_labels"),
  bool("mean", "mean"),
  bool("noinlines", "noinlines"),
  bool("showcolumns", "showcolumns"),
  bool("dropneg", "drop_negative"),
  regexp("f", "focus"),
  regexp("i", "ignore"),
  regexp("h", "hide"),
  regexp("s", "show"),
  regexp("sf", "show_from"),
  regexp("prunefrom", "prune_from"),
  regexp("tf", "tagfocus"),
  regexp("ti", "tagignore"),
  regexp("ts", "tagshow"),
  regexp("th", "taghide"),
  ["flamegraph?f=(", `parsing focus regexp: ${REGEXP}`],
  ["peek?f=(", `parsing argument regexp (: ${REGEXP}`],
  ["source?f=(", `parsing argument regexp (: ${REGEXP}`],
  ["disasm?f=(", `parsing argument regexp (: ${REGEXP}`],
];

/** Addresses that only our pages know, and what is wrong with them. */
export const OWN_BAD_QUERIES: readonly (readonly [target: string, message: string])[] = [
  ["flamegraph?p=(", `parsing pivot regexp: ${REGEXP}`],
  ["time?time=soon", 'invalid time "soon": must be FROM:TO in seconds, as in 1.5:2'],
  ["top?time=2:1", 'invalid time "2:1": must be FROM:TO in seconds, as in 1.5:2'],
  ["top?fold=(", `parsing fold regexp: ${REGEXP}`],
  ["top?by=file", 'invalid by "file": must be package or label:KEY'],
  ["flamegraph?own=yes", 'invalid own "yes": must be 1'],
  ["flamegraph?dim=yes", 'invalid dim "yes": must be 1'],
  ["flamegraph?recursion=yes", 'invalid recursion "yes": must be 1'],
  ["flamegraph?inv=yes", 'invalid inv "yes": must be 1'],
  ["flamegraph?order=size", 'invalid order "size": must be name'],
  ["diff?v=both", 'invalid v "both": must be sides or merged'],
  ["graph?as=list", 'invalid as "list": must be table'],
  ["flamegraph?z=main", 'invalid z "main": must be the number of a box'],
  ["flamegraph?c=red", 'invalid c "red": must be package, kind, name, self, change, reference or label:KEY'],
];
