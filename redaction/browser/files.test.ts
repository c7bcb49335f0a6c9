import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { Archive, writeArchive } from "./documents/archive.ts";
import { cleanFile, isUnreadable, neutralName, sniff } from "./files.ts";
import { loadGroup } from "./groups/all.ts";
import { words } from "./words.ts";

interface Case {
    readonly family: string;
    readonly name: string;
    readonly declared: string;
    readonly input: string;
    readonly refused?: string;
    readonly output?: string;
    readonly media?: string;
    readonly removed?: string[];
    readonly warnings?: string[];
}

function read(name: string): unknown {
    return JSON.parse(readFileSync(new URL(`../cases/${name}`, import.meta.url), "utf8"));
}

const families = readdirSync(new URL("../cases/files", import.meta.url)).sort();
const all = families.flatMap((family) => (read(`files/${family}`) as Case[]).map((one) => ({ ...one, family })));
/** What only Python cleans is refused in a browser, for this reason. */
const ONLY_PYTHON: Readonly<Record<string, string>> = {
    "image/tiff": "picture-kind",
    "image/bmp": "picture-kind",
    "image/svg+xml": "picture-kind",
    "text/html": "page-kind",
};
const cases = all.filter((one) => onlyPython(one) === undefined);
const cleaned = cases.filter((one) => one.refused === undefined);
const pictures = cleaned.filter(({ media }) => media === "image/jpeg" || media === "image/png");

/** Why a browser refuses the file, if only Python cleans its type; known even if Python refuses it too. */
function onlyPython(one: Case): string | undefined {
    if (one.family === "archives.json") return one.declared.endsWith(".epub") ? "book-in-browser" : "archive-in-browser";
    return ONLY_PYTHON[one.media ?? sniff(bytes(one.input), one.declared)];
}

function bytes(base64: string): Uint8Array {
    return new Uint8Array(Buffer.from(base64, "base64"));
}

function base64(file: Uint8Array): string {
    return Buffer.from(file).toString("base64");
}

/** An archive with nothing deflated in it, because fflate and zlib deflate the same bytes differently. */
function unpacked(clean: Uint8Array): Uint8Array {
    if (clean[0] !== 0x50 || clean[1] !== 0x4b) return clean;
    const archive = new Archive(clean);
    const members = archive.names.map((name) => [name, unpacked(archive.read(name))] as const);
    return writeArchive(members, new Set(archive.names));
}

/** The clean bytes, or the code of the refusal; anything else escapes and fails the test. */
async function outcome(file: Uint8Array, declared: string): Promise<Uint8Array | string> {
    try {
        return (await cleanFile(file, declared, loadGroup)).bytes;
    } catch (error) {
        if (isUnreadable(error)) return error.code;
        throw error;
    }
}

describe("the cases shared with Python", () => {
    test.each(cleaned)("$name", async (one) => {
        const { bytes: clean, ...report } = await cleanFile(bytes(one.input), one.declared, loadGroup);

        expect(base64(unpacked(clean))).toBe(one.output);
        expect(report).toEqual({ media: one.media, removed: one.removed, warnings: one.warnings });
    });

    test.each(cases.filter((one) => one.refused !== undefined))("$name", async (one) => {
        expect(await outcome(bytes(one.input), one.declared)).toBe(one.refused);
    });

    test("what only Python cleans is refused", async () => {
        for (const one of all.filter((each) => onlyPython(each) !== undefined)) {
            expect([one.name, await outcome(bytes(one.input), one.declared)]).toEqual([one.name, onlyPython(one)]);
        }
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

test("cleaning twice changes nothing more", async () => {
    for (const one of cleaned) {
        const again = await cleanFile(bytes(one.output ?? ""), one.declared, loadGroup);
        expect(base64(unpacked(again.bytes)), one.name).toBe(one.output);
        expect(again.removed, one.name).toEqual([]);
    }
});

test("no cut anywhere lets a secret through", async () => {
    for (const one of pictures.filter((picture) => picture.input.length < 12_000)) {
        const file = bytes(one.input);
        for (let length = 0; length < file.length; length += 1 + (length >> 7)) {
            const result = await outcome(file.subarray(0, length), "photo.jpg");
            // Only what stood behind the picture's end can be missing from a file that passes.
            if (typeof result !== "string") expect(base64(result)).toBe(one.output);
        }
    }
});

test.each(families)("damaged files of %s end exactly as they do in Python", async (family) => {
    const damage = read(`damage/${family}`) as { name: string; flips: [at: number, bit: number, result: string][] }[];
    for (const { name, flips } of damage) {
        const one = cases.find((case_) => case_.name === name);
        for (const [at, bit, expected] of one === undefined ? [] : flips) {
            const file = bytes(one?.input ?? "");
            file[at] = (file[at] ?? 0) ^ (1 << bit);
            const result = await outcome(file, one?.declared ?? "");
            const seen = typeof result === "string" ? "refused" : createHash("sha256").update(unpacked(result)).digest("hex").slice(0, 16);
            expect([name, at, bit, seen]).toEqual([name, at, bit, expected]);
        }
    }
});

test("a file is renamed by its content", () => {
    expect(neutralName(1, "image/jpeg")).toBe("file-1.jpg");
    expect(neutralName(2, sniff(Uint8Array.of(0x25, 0x50, 0x44, 0x46, 0x2d), "report.DOCX"))).toBe("file-2.pdf");
    expect(neutralName(3, "application/octet-stream")).toBe("file-3.bin");
});
