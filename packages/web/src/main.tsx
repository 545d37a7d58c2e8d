import { render } from "preact";
import { App } from "./page/app.tsx";
import { addressBar } from "./session/address/state.ts";
import { ownDocument } from "./session/home.ts";
import { openFirst } from "./session/open-profile.ts";
import { newSession } from "./session/session.ts";

const root = document.getElementById("app")!;
const session = newSession(ownDocument(root), addressBar());
// What is said to those who have no script would be read aloud, and printed, below all pages.
root.replaceChildren();
render(<App session={session} />, root);
void openFirst(session);
