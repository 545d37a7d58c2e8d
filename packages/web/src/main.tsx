import { render } from "preact";
import { App } from "./page/app.tsx";
import { openFirst } from "./session/open-profile.ts";
import { newSession } from "./session/session.ts";

const session = newSession();
const root = document.getElementById("app")!;
// What is said to those who have no script would be read aloud, and printed, below all pages.
root.replaceChildren();
render(<App session={session} />, root);
void openFirst(session);
