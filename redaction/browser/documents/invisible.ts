/** The twin of `files/documents/invisible.py`, which says what cannot be seen and what is needed. */

import { INVISIBLE } from "../policy.ts";

// More than any pattern of `needed` looks at.
const NEAR = 8;
const RUN = new RegExp(`${INVISIBLE.characters}+`, "gu");
const LINE_END = new RegExp(INVISIBLE.line_ends, "gu");
const NEEDED = INVISIBLE.needed.map(
    ([run = "", before = "", after = ""]) =>
        [new RegExp(`^(?:${run})$`, "u"), new RegExp(`(?:${before})$`, "u"), new RegExp(`^(?:${after})`, "u")] as const,
);

/** The text without what cannot be seen; again gives the same. */
export function visible(text: string): string {
    const seen = text.replace(RUN, "");
    if (seen.length === text.length) return text;
    let gone = 0;
    return text.replace(RUN, (run, start: number) => {
        const at = start - gone;
        gone += run.length;
        return needed(run, seen.slice(Math.max(at - NEAR, 0), at), seen.slice(at, at + NEAR)) ? run : "";
    });
}

/** Whether *text* holds anything that cannot be seen, needed or not. */
export function unseen(text: string): boolean {
    return text.search(RUN) >= 0;
}

/** Every ASCII line end as LF and every other one as *lineEnd*. */
export function unified(text: string, lineEnd = "\n"): string {
    return text.replace(LINE_END, (end) => (end.includes("\r") ? "\n" : lineEnd));
}

/** The text, whose lines end in LF, without the *blanks* before each of them. */
export function trimmed(text: string, blanks = INVISIBLE.blanks): string {
    return text
        .split("\n")
        .map((line) => {
            let end = line.length;
            while (end > 0 && blanks.includes(line.charAt(end - 1))) end--;
            return line.slice(0, end);
        })
        .join("\n");
}

function needed(run: string, before: string, after: string): boolean {
    return NEEDED.some(([whole, left, right]) => whole.test(run) && left.test(before) && right.test(after));
}
