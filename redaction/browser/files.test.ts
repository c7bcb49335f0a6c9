import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { cleanFile, neutralName, sniff, UnreadableFileError } from "./files.ts";
import { words } from "./words.ts";

interface Case {
    readonly name: string;
    readonly declared: string;
    readonly input: string;
    readonly refused?: string;
    readonly output?: string;
    readonly media?: string;
    readonly cleaned?: boolean;
    readonly removed?: string[];
    readonly warnings?: string[];
}

function read(name: string): unknown {
    return JSON.parse(readFileSync(new URL(`../cases/${name}`, import.meta.url), "utf8"));
}

const cases = read("files.json") as Case[];
const pictures = cases.filter((one) => one.refused === undefined && one.cleaned);

function bytes(base64: string): Uint8Array {
    return new Uint8Array(Buffer.from(base64, "base64"));
}

function base64(file: Uint8Array): string {
    return Buffer.from(file).toString("base64");
}

/** The clean bytes, or the code of the refusal; anything else escapes and fails the test. */
function outcome(file: Uint8Array, declared: string): Uint8Array | string {
    try {
        return cleanFile(file, declared).bytes;
    } catch (error) {
        if (error instanceof UnreadableFileError) return error.code;
        throw error;
    }
}

describe("the cases shared with Python", () => {
    test.each(cases.filter((one) => one.refused === undefined))("$name", (one) => {
        const { bytes: clean, ...report } = cleanFile(bytes(one.input), one.declared);

        expect(base64(clean)).toBe(one.output);
        expect(report).toEqual({
            media: one.media,
            cleaned: one.cleaned,
            removed: one.removed,
            warnings: one.warnings,
        });
    });

    test.each(cases.filter((one) => one.refused !== undefined))("$name", (one) => {
        expect(outcome(bytes(one.input), one.declared)).toBe(one.refused);
    });

    test("every code has words in both languages", () => {
        for (const one of cases) {
            for (const language of ["ar", "en"] as const) {
                if (one.refused !== undefined) expect(words("errors", one.refused, language)).not.toBe("");
                for (const code of one.removed ?? []) expect(words("categories", code, language)).not.toBe("");
                for (const code of one.warnings ?? []) expect(words("warnings", code, language)).not.toBe("");
            }
        }
        expect(() => words("errors", "no-such-code", "ar")).toThrow(RangeError);
    });
});

test("cleaning twice changes nothing more", () => {
    for (const one of pictures) {
        const again = cleanFile(bytes(one.output ?? ""), one.declared);
        expect(base64(again.bytes)).toBe(one.output);
        expect(again.removed).toEqual([]);
    }
});

test("no cut anywhere lets a secret through", () => {
    for (const one of pictures.filter((picture) => picture.input.length < 12_000)) {
        // Under a picture's name, what no longer looks like one is refused.
        const file = bytes(one.input);
        for (let length = 0; length < file.length; length += 1 + (length >> 7)) {
            const result = outcome(file.subarray(0, length), "photo.jpg");
            // Only what stood behind the picture's end can be missing from a file that passes.
            if (typeof result !== "string") expect(base64(result)).toBe(one.output);
        }
    }
});

test("damaged files end exactly as they do in Python", () => {
    const damage = read("damage.json") as { name: string; flips: [at: number, bit: number, result: string][] }[];
    for (const { name, flips } of damage) {
        const one = pictures.find((picture) => picture.name === name);
        for (const [at, bit, expected] of flips) {
            const file = bytes(one?.input ?? "");
            file[at] = (file[at] ?? 0) ^ (1 << bit);
            const result = outcome(file, one?.declared ?? "");
            const seen = typeof result === "string" ? "refused" : createHash("sha256").update(result).digest("hex").slice(0, 16);
            expect([name, at, bit, seen]).toEqual([name, at, bit, expected]);
        }
    }
});

test("a file is renamed by its content", () => {
    expect(neutralName(1, "image/jpeg")).toBe("file-1.jpg");
    expect(neutralName(2, sniff(bytes(cases.find((one) => one.declared === "report.DOCX")?.input ?? ""), "report.DOCX"))).toBe(
        "file-2.docx",
    );
    expect(neutralName(3, "application/octet-stream")).toBe("file-3.bin");
});
