/**
 * Find in a text what may point to a person, and take it out where the person wants.
 *
 * The twin of `text/findings.py`, with the same rules; places are UTF-16 units, as `slice`
 * counts them. A warning, never a guarantee: much that identifies passes unseen.
 */

import type { Rule, Rules } from "./text-rules.ts";
import { matches, type Tokens } from "./text-vocabulary.ts";

export interface Finding {
    readonly kind: string;
    readonly start: number;
    readonly end: number;
}

/** A piece of text for display; no `finding` between the findings. */
export interface Segment {
    readonly text: string;
    readonly finding?: Finding;
}

const MASK = "[…]";
/** What is invisible leaves no gap behind. */
const WITHOUT_MASK = "invisible";

/** What was found, in order, never overlapping. */
export function scan(text: string, rules: Rules): Finding[] {
    const words = rules.vocabulary.read(text);
    const dates = rules.withCompounds(words);
    const layers = { pattern: rules.fold(text), raw: text, words: words.signs, dates: dates.signs };
    const tokens = { pattern: undefined, raw: undefined, words, dates };
    const taken = new Uint8Array(text.length);
    const findings: Finding[] = [];
    for (const rule of rules.list) {
        for (const match of matches(rule.pattern, layers[rule.layer])) {
            const [start, end] = place(rule, match, tokens[rule.layer], rules);
            if (end <= start || taken.subarray(start, end).includes(1)) continue;
            taken.fill(1, start, end);
            if (rule.kind !== null) findings.push({ kind: rule.kind, start, end });
        }
    }
    return findings.sort((a, b) => a.start - b.start);
}

/** Where in the text the match is; a group closes its match and is what gets marked. */
function place(rule: Rule, match: RegExpExecArray, tokens: Tokens | undefined, rules: Rules): [number, number] {
    const found = match[1] ?? match[0];
    const end = match.index + match[0].length;
    const start = end - found.length;
    if (tokens !== undefined) return [tokens.starts[start] ?? 0, tokens.ends[end - 1] ?? 0];
    return [start, rule.check === undefined ? end : start + rule.check(found, rules.ibanLengths)];
}

/**
 * Cut *text* at its findings; the pieces joined are *text* again.
 * Findings may come in any order; where two overlap, the second one gets the remainder.
 */
export function segments(text: string, findings: readonly Finding[]): Segment[] {
    const pieces: Segment[] = [];
    let at = 0;
    for (const finding of [...findings].sort((a, b) => a.start - b.start || a.end - b.end)) {
        const start = Math.max(at, finding.start);
        pieces.push({ text: text.slice(at, start) }, { text: text.slice(start, finding.end), finding });
        at = Math.max(at, finding.end);
    }
    pieces.push({ text: text.slice(at) });
    return pieces.filter((piece) => piece.text !== "");
}

/** The text with `[…]` in place of each finding, and nothing in place of what is invisible. */
export function remove(text: string, findings: readonly Finding[]): string {
    return segments(text, findings)
        .map(({ text: piece, finding }) => {
            if (finding === undefined) return piece;
            return finding.kind === WITHOUT_MASK ? "" : MASK;
        })
        .join("");
}
