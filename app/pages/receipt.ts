/** The last step: the code, shown once, and a check that it was kept. */

import { toBase64 } from "../../crypto/browser/bytes.ts";
import type { Lang } from "../../crypto/browser/envelope.ts";
import { normalise, type ReceiptCode } from "../../crypto/browser/receipt.ts";
import { inWords, say } from "./copy.ts";
import { fromTemplate, markInvalid, need, spelled, within } from "./dom.ts";
import type { Receipt } from "./sending.ts";

const CHECKED_PLACE = 3;
const SHOWN_OF_COMMITMENT = 12;

/** Show *code* with a *line* about its message; *done* when it was kept. */
export function showReceipt(code: ReceiptCode, line: DocumentFragment, done: () => void): void {
    need("words", HTMLElement).replaceChildren(...code.words.map(wordItem));
    need("digits", HTMLElement).replaceChildren(...code.digits.map(groupItem));
    need("promise-line", HTMLElement).replaceChildren(line);
    askForOne(code, done);
}

/** What the site has promised, in words. */
export function promiseLine({ commitment, mergeBy }: Receipt, lang: Lang): DocumentFragment {
    if (mergeBy === undefined) return say("promise_wrong");
    const mark = toBase64(commitment).slice(0, SHOWN_OF_COMMITMENT);
    return say("promise", { date: inWords(mergeBy, lang), commitment: spelled(mark) });
}

/** The page goes, and what it showed with it. */
export function leaveFor(url: string): void {
    document.body.replaceChildren();
    location.replace(url);
}

function wordItem(word: string): HTMLElement {
    const item = fromTemplate("word-template");
    within(item, "bdi", HTMLElement).textContent = word;
    return item;
}

/** Shown as four digits, read out one by one. */
function groupItem(group: string): HTMLElement {
    const item = fromTemplate("group-template");
    within(item, ".num", HTMLElement).textContent = group;
    within(item, ".vh", HTMLElement).textContent = Array.from(group).join(" ");
    return item;
}

function askForOne(code: ReceiptCode, done: () => void): void {
    const field = need("keep-word", HTMLInputElement);
    const result = need("keep-result", HTMLElement);
    need("keep-check", HTMLFormElement).addEventListener("submit", (event) => {
        event.preventDefault();
        const kept = isKept(code, field.value);
        markInvalid(field, !kept);
        if (!kept) {
            result.replaceChildren(say("keep_wrong"));
            field.focus();
            return;
        }
        done();
    });
}

/** Whether *typed* is the third word or the third group of digits. */
function isKept(code: ReceiptCode, typed: string): boolean {
    const answer = normalise(typed).replace(/\s/g, "");
    return answer === code.words[CHECKED_PLACE - 1] || answer === code.digits[CHECKED_PLACE - 1];
}
