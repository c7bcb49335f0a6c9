/** Advice on how long and how clear a text is, found on this device; it never keeps anybody from sending. */

import { say } from "./copy.ts";

export type Advice = "advice_short" | "advice_sentence" | "advice_long" | "advice_enough";

const FEW_WORDS = 4;
const MANY_WORDS = 250;
const WORDS_IN_A_SENTENCE = 25;

function countWords(text: string): number {
    return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}

/** None for an empty text. */
export function adviceOn(text: string): Advice | undefined {
    const words = countWords(text);
    if (words === 0) return undefined;
    if (words < FEW_WORDS) return "advice_short";
    if (text.split(/[.!?؟\n]+/).some((sentence) => countWords(sentence) > WORDS_IN_A_SENTENCE)) return "advice_sentence";
    return words > MANY_WORDS ? "advice_long" : "advice_enough";
}

/** Show the advice on *field* below it while it is written, and say it only when it becomes another. */
export function advise(field: HTMLTextAreaElement): void {
    const line = document.getElementById(`${field.id}-advice`);
    if (line === null) return;
    let shown: Advice | undefined;
    field.addEventListener("input", () => {
        const advice = adviceOn(field.value);
        if (advice === shown) return;
        shown = advice;
        line.replaceChildren(...(advice === undefined ? [] : [say(advice)]));
    });
}
