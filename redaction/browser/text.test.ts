import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { type Finding, remove, scan, segments } from "./text.ts";
import { words } from "./words.ts";

function read(name: string): string[] {
    return JSON.parse(readFileSync(new URL(`../cases/${name}`, import.meta.url), "utf8")) as string[];
}

const MARK = /⟦([a-z_]+)\|([^⟧]*)⟧/g;

function unmarked(sentence: string): string {
    return sentence.replace(MARK, "$2");
}

function marked(text: string): string {
    return segments(text, scan(text))
        .map(({ text: piece, finding }) => (finding === undefined ? piece : `⟦${finding.kind}|${piece}⟧`))
        .join("");
}

describe("each sentence shared with Python", () => {
    test.each(read("text.json"))("%s", (sentence) => {
        const text = unmarked(sentence);

        expect(marked(text)).toBe(sentence);
        expect(remove(text, scan(text))).toBe(sentence.replace(MARK, "[…]"));
    });
});

test("mixtures of digits, signs and words are marked exactly as in Python", () => {
    for (const sentence of read("mixtures.json")) expect(marked(unmarked(sentence))).toBe(sentence);
});

test("a place after an emoji can be sliced", () => {
    const text = "😀 0791234567";
    const [finding] = scan(text);

    expect(text.slice(finding?.start, finding?.end)).toBe("0791234567");
});

test("overlapping findings are all removed", () => {
    const findings: Finding[] = [
        { kind: "phone", start: 4, end: 8 },
        { kind: "email", start: 2, end: 6 },
    ];

    expect(remove("abcdefghij", findings)).toBe("ab[…][…]ij");
    expect(remove("abcdefghij", [])).toBe("abcdefghij");
});

test("every kind has words in both languages", () => {
    for (const kind of ["phone", "email", "national_number"]) {
        expect(words("kinds", kind, "ar")).not.toBe("");
        expect(words("kinds", kind, "en")).not.toBe("");
    }
});

test("a long hostile text takes no longer than a long harmless one", () => {
    for (const piece of ["a.", "07", "962 ", "a at b dot ", "رقم الوطني "]) {
        const start = performance.now();
        scan(piece.repeat(20_000));
        expect(performance.now() - start).toBeLessThan(5_000);
    }
});
