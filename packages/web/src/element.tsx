import { effect, type Signal } from "@preact/signals";
import { render } from "preact";
import { App } from "./page/app.tsx";
import { ownPlace, type Place, placeIn } from "./session/address/state.ts";
import { elementOf } from "./session/home.ts";
import { openFirst } from "./session/open-profile.ts";
import { newSession } from "./session/session.ts";
import style from "./style.css?inline";

/** One row an attribute that is a key of the pages' addresses; `query` has all others, as an address has them. */
const KEYS: Readonly<Record<string, string>> = {
  type: "si",
  focus: "f",
  ignore: "i",
  hide: "h",
  show: "s",
  pivot: "p",
  search: "q",
};
/** The attributes that are addresses of files. */
const FILES: readonly string[] = ["src", "base"];

/** An element that is near the window is read before it is seen. */
const NEAR = "200px";

/** The pages in an element: `<pprof-profile src="cpu.pb.gz"></pprof-profile>`. It begins as its attributes say. */
class PprofProfile extends HTMLElement {
  static readonly observedAttributes: readonly string[] = [
    "page",
    "query",
    "theme",
    "bare",
    ...FILES,
    ...Object.keys(KEYS),
  ];
  static #sheet: CSSStyleSheet | undefined;
  #ends: AbortController | undefined;
  #place: Signal<Place> | undefined;
  #look: (() => void) | undefined;

  connectedCallback(): void {
    const ends = new AbortController();
    this.#ends = ends;
    if (this.getAttribute("loading") !== "lazy") {
      this.#start(ends.signal);
      return;
    }
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        seen.disconnect();
        this.#start(ends.signal);
      },
      { rootMargin: NEAR },
    );
    seen.observe(this);
    ends.signal.addEventListener("abort", () => seen.disconnect());
  }

  disconnectedCallback(): void {
    this.#ends?.abort();
    this.#place = undefined;
    this.#look = undefined;
  }

  attributeChangedCallback(): void {
    if (this.#place !== undefined) this.#place.value = placeOf(this);
    this.#look?.();
  }

  #start(ends: AbortSignal): void {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [PprofProfile.#style()];
    const root = document.createElement("div");
    root.id = "app";
    shadow.replaceChildren(root);
    const nav = ownPlace(placeOf(this), new URL(/* @vite-ignore */ "index.html", import.meta.url).href);
    const session = newSession(elementOf(root, ends), nav);
    this.#place = nav.place;
    this.#look = () => {
      root.classList.toggle("bare", this.hasAttribute("bare"));
      const theme = this.getAttribute("theme");
      session.theme.choose(theme === "dark" || theme === "light" ? theme : undefined);
    };
    this.#look();
    render(<App session={session} />, root);
    const stop = effect(() => {
      if (session.error.value !== "") this.dispatchEvent(new ErrorEvent("error", { message: session.error.value }));
      else if (session.summary.value !== undefined) this.dispatchEvent(new Event("load"));
    });
    ends.addEventListener("abort", () => {
      stop();
      render(null, root);
    });
    void openFirst(session);
  }

  static #style(): CSSStyleSheet {
    if (PprofProfile.#sheet === undefined) {
      PprofProfile.#sheet = new CSSStyleSheet();
      PprofProfile.#sheet.replaceSync(style);
    }
    return PprofProfile.#sheet;
  }
}

/** Where the attributes of an element lead to. */
function placeOf(element: HTMLElement): Place {
  const place = placeIn(`${element.getAttribute("page") ?? ""}?${element.getAttribute("query") ?? ""}`);
  const query: Record<string, string> = { ...place.query };
  for (const [name, key] of Object.entries(KEYS)) {
    const value = element.getAttribute(name);
    if (value) query[key] = value;
  }
  for (const name of FILES) {
    const address = element.getAttribute(name);
    if (address)
      query[name] = URL.canParse(address, element.baseURI) ? new URL(address, element.baseURI).href : address;
  }
  return { page: place.page, query };
}

if (customElements.get("pprof-profile") === undefined) customElements.define("pprof-profile", PprofProfile);
