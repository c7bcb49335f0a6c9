/**
 * Find in a text what may point to a person, and take it out where the person wants.
 *
 * The twin of `text/findings.py`, with the same rules; places are UTF-16 units, as `slice`
 * counts them. A warning, never a guarantee: names, places and turns of phrase pass unseen.
 */

import data from "../text/rules.json";

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

const parts: Readonly<Record<string, string>> = data.parts;
const folded = new Map(
    Object.entries(data.fold).flatMap(([plain, variants]) => Array.from(variants, (variant) => [variant, plain])),
);
const variants = new RegExp(`[${[...folded.keys()].join("")}]`, "g");
const rules = data.rules.map(({ kind, pattern }) => ({ kind, pattern: new RegExp(expand(pattern), "gu") }));

/** What was found, in order, never overlapping. */
export function scan(text: string): Finding[] {
    const plain = text.replace(variants, (variant) => folded.get(variant) ?? variant);
    const taken = new Uint8Array(text.length);
    const findings: Finding[] = [];
    for (const { kind, pattern } of rules) {
        for (const match of plain.matchAll(pattern)) {
            const end = match.index + match[0].length;
            // A group closes its match and is what gets marked.
            const start = end - (match[1] ?? match[0]).length;
            if (taken.subarray(start, end).includes(1)) continue;
            taken.fill(1, start, end);
            findings.push({ kind, start, end });
        }
    }
    return findings.sort((a, b) => a.start - b.start);
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

/** The text with `[…]` in place of each finding. */
export function remove(text: string, findings: readonly Finding[]): string {
    return segments(text, findings)
        .map((piece) => (piece.finding === undefined ? piece.text : MASK))
        .join("");
}

/** Put the named parts in, and the parts inside them. */
function expand(pattern: string): string {
    const expanded = pattern.replace(/\{([a-z]+)\}/g, (_, name: string) => parts[name] ?? "");
    return expanded === pattern ? pattern : expand(expanded);
}
