/** Quick exit: the link, or Shift three times. The page is blank before the other site has loaded. */

import { say } from "./copy.ts";

const PRESSES = 3;
const WITHIN_MS = 3_000;

export function prepareExit(): void {
    const link = document.getElementById("exit");
    if (!(link instanceof HTMLAnchorElement)) return;
    const leave = (): void => {
        leaveTo(link.href);
    };
    link.addEventListener("click", (event) => {
        event.preventDefault();
        leave();
    });
    countPresses(leave);
}

function leaveTo(url: string): void {
    for (const form of document.forms) form.reset();
    document.body.replaceChildren();
    document.title = "";
    location.replace(url);
}

function countPresses(leave: () => void): void {
    const status = announcer();
    let presses: number[] = [];
    document.addEventListener("keydown", (event) => {
        if (event.repeat) return;
        const now = event.timeStamp;
        presses = event.key === "Shift" ? [...presses.filter((at) => now - at < WITHIN_MS), now] : [];
        if (presses.length === PRESSES) leave();
        else if (presses.length === PRESSES - 1) status.replaceChildren(say("exit_once"));
        else status.replaceChildren(presses.length === 0 ? "" : say("exit_twice"));
    });
}

/** Tells a screen reader how often is left; there before it is needed, or it would stay silent. */
function announcer(): HTMLElement {
    const element = document.createElement("p");
    element.className = "vh";
    element.setAttribute("role", "status");
    document.body.append(element);
    return element;
}
