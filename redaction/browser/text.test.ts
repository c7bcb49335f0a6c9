import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { processorTime } from "../../tests/node/processor.ts";
import { RULES, scan } from "./text-rules.ts";
import { type Finding, remove, segments } from "./text.ts";
import { words } from "./words.ts";

function read(path: string): string[] {
    return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")) as string[];
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
    test.each(read("redaction/cases/text.json"))("%s", (sentence) => {
        const text = unmarked(sentence);

        expect(marked(text)).toBe(sentence);
        expect(remove(text, scan(text))).toBe(sentence.replace(MARK, (_, kind) => (kind === "invisible" ? "" : "[…]")));
    });
});

test("mixtures of digits, signs and words are marked exactly as in Python", () => {
    for (const sentence of read("redaction/cases/mixtures.json")) expect(marked(unmarked(sentence))).toBe(sentence);
});

test("labelled sentences are marked exactly as in Python", () => {
    for (const sentence of read("tests/text/found.json")) expect(marked(unmarked(sentence))).toBe(sentence);
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
    const kinds = new Set(RULES.list.map(({ kind }) => kind).filter((kind) => kind !== null));

    expect(kinds.size).toBeGreaterThan(15);
    for (const kind of kinds) {
        expect(words("kinds", kind, "ar")).not.toBe("");
        expect(words("kinds", kind, "en")).not.toBe("");
    }
});

describe("a long hostile text costs what its length costs", () => {
    function fastest(text: string): number {
        const times = [0, 0].map(() => {
            const start = processorTime();
            scan(text);
            return processorTime() - start;
        });
        return Math.min(...times);
    }

    // The first run compiles the patterns.
    scan(read("redaction/cases/text.json").join(" "));

    test.each(read("redaction/cases/hostile.json"))("%j", (piece) => {
        const [short, long] = [5_000, 20_000].map((size) => fastest(piece.repeat(size).slice(0, size)));

        expect(long).toBeLessThan(10 * (short ?? 0) + 100);
    });
});
