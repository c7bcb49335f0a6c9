/** The part of a case's page that says what the public log says. */

import { toBase64 } from "../../crypto/browser/bytes.ts";
import type { Lang } from "../../crypto/browser/envelope.ts";
import { DAY, encodeDuration } from "../../crypto/browser/times.ts";
import type { Verdict, VerdictState } from "./checking.ts";
import { type CopyKey, inWords, say } from "./copy.ts";
import { need, spelled } from "./dom.ts";

const SENTENCES: Readonly<Record<VerdictState, CopyKey>> = {
    included: "log_included",
    late: "log_late",
    pending: "log_pending",
    empty: "log_pending",
    missing: "log_missing",
    disputed: "log_disputed",
    unverified: "log_unverified",
};
/** What the sentence of a state does not say already. */
const PROBLEMS: Readonly<Record<string, CopyKey>> = {
    tag: "log_problem_tag",
    status: "log_problem_status",
    roll: "log_problem_roll",
    stale: "log_problem_stale",
};
const ROLLED: Readonly<Record<string, CopyKey>> = {
    received: "status_received",
    read: "status_read",
    declined: "status_declined",
    withdrawn: "status_withdrawn",
};

/** A browser may begin to save a file a moment after it was asked to. */
const KEPT_MS = 60_000;

/** A sentence while there is no verdict. */
export function showLogSection(sentence: DocumentFragment): void {
    const told = need("log-verdict", HTMLElement);
    told.className = "box";
    told.replaceChildren(wrapped("p", sentence));
    for (const id of ["log-facts", "log-files"]) need(id, HTMLElement).hidden = true;
}

export function showVerdict(verdict: Verdict, lang: Lang): void {
    const broken = verdict.problems.length > 0;
    const told = need("log-verdict", HTMLElement);
    told.className = broken ? "box bad" : verdict.index === undefined ? "box" : "box ok";
    told.replaceChildren(wrapped("p", headline(verdict, lang)));
    for (const problem of verdict.problems) {
        const sentence = PROBLEMS[problem];
        if (sentence !== undefined) told.append(wrapped("p", say(sentence)));
    }
    if (broken) told.append(wrapped("p", say("log_do")));
    const facts = need("log-facts", HTMLElement);
    facts.replaceChildren(...Array.from(factsOf(verdict), (fact) => wrapped("li", fact)));
    facts.hidden = false;
    offer("log-proof", verdict.proof);
    offer("log-receipt", verdict.receipt);
    need("log-files", HTMLElement).hidden = false;
}

function headline({ state, problems, due, index, size }: Verdict, lang: Lang): DocumentFragment {
    const key = state === "empty" && problems.length > 0 ? "log_missing" : SENTENCES[state];
    return say(key, { date: inWords(due, lang), line: (index ?? 0) + 1, size: size ?? 0 });
}

function* factsOf({ commitment, rolls, root, witnesses }: Verdict): Generator<DocumentFragment> {
    yield say("log_mark", { mark: spelled(toBase64(commitment)) });
    for (const [age, status] of rolls ?? []) {
        const word = ROLLED[status ?? ""];
        const day = age % DAY === 0 ? age / DAY : encodeDuration(age);
        yield say("log_roll", { day, status: word === undefined ? (status ?? say("log_roll_none")) : say(word) });
    }
    if (root === undefined) return;
    yield say("log_root", { root: spelled(toBase64(root)) });
    yield witnesses === undefined ? say("log_alone") : say("log_witnesses", { names: witnesses.join("\u00a0· ") });
}

/** The file is made on this device, and only when it is asked for. */
function offer(id: string, content: string | undefined): void {
    const button = need(id, HTMLButtonElement);
    button.hidden = content === undefined;
    button.onclick = () => {
        if (content === undefined) return;
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
        link.download = button.dataset["file"] ?? "";
        link.click();
        setTimeout(() => {
            URL.revokeObjectURL(link.href);
        }, KEPT_MS);
    };
}

function wrapped(tag: "p" | "li", sentence: DocumentFragment): HTMLElement {
    const element = document.createElement(tag);
    element.append(sentence);
    return element;
}
