/** A part of a path that names one of many things: `17`, a UUID, another long hexadecimal number, a long word with digits in it. */
const VARIES =
  /^(\d+|[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|(?=.*\d)[\da-f]{12,}|(?=.*\d)[\w~-]{20,})$/i;
/** So many routes are told apart. */
const MOST_ROUTES = 500;
const MOST_TEXT = 200;

/**
 * The routes of requests, by which they are counted together. Where the program's framework does not tell the route, it is guessed of
 * the address: `/carts/17?all=1` becomes `/carts/:id`.
 */
export class Routes {
  readonly #known = new Set<string>();

  of(request: string): string {
    const space = request.indexOf(" ");
    const method = request.slice(0, space);
    const path = request.slice(space + 1).split(/[?#]/, 1)[0]!;
    const segments = path.split("/").map((segment) => (VARIES.test(segment) ? ":id" : segment));
    return this.known(`${method} ${segments.join("/")}`.slice(0, MOST_TEXT));
  }

  /** The route itself or, once there are too many, one name for all others. */
  known(route: string): string {
    if (this.#known.has(route)) return route;
    if (this.#known.size >= MOST_ROUTES) return `${route.split(" ", 1)[0]} (other)`;
    this.#known.add(route);
    return route;
  }
}
