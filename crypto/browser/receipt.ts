/**
 * The receipt code (SPEC.md §3): one 80-bit secret, nine Arabic words or 28 digits.
 *
 * The parser is tolerant of how people write, hear and copy, and of nothing else:
 * whatever it accepts satisfies the checksum.
 */

import wordList from "../receipt_words_ar.txt?raw";
import { type Random, sha256Of, systemRandom, utf8 } from "./bytes.ts";
import { MalformedError, ReceiptCodeError } from "./errors.ts";

export const SECRET_BYTES = 10;
export const WORD_COUNT = 9;
export const DIGIT_COUNT = 28;
const MAX_CHARACTERS = 1000;
const MAX_COMBINATIONS = 4096;
const MAX_SHOWN_LETTERS = 20;
const CHECK_MODULUS = 997n;
const ARTICLE = "ال";

export const WORDS: readonly string[] = wordList.trimEnd().split("\n");

/** A receipt secret. It is the key to the replies: it never leaves the device. */
export class ReceiptCode {
    readonly secret: Uint8Array;

    constructor(secret: Uint8Array) {
        if (secret.length !== SECRET_BYTES) throw new MalformedError("receipt secret");
        this.secret = secret;
    }

    static generate(random: Random = systemRandom): ReceiptCode {
        return new ReceiptCode(random(SECRET_BYTES));
    }

    /** Raise `ReceiptCodeError` saying what to correct. */
    static parse(untrusted: string): ReceiptCode {
        // UTF-16 units first: counting characters is already work.
        if (untrusted.length > 2 * MAX_CHARACTERS || Array.from(untrusted).length > MAX_CHARACTERS) {
            throw new ReceiptCodeError("too_long");
        }
        const text = normalise(untrusted);
        const digits = text.replace(/[^0-9]/g, "");
        const words = text.split(/[^\p{L}]+/u).filter((word) => word !== "");
        // A receipt pasted whole has words, a heading and digits; the digits say it all.
        return digits.length === DIGIT_COUNT || words.length === 0 ? parseDigits(digits) : parseWords(words);
    }

    get words(): readonly string[] {
        const bits = (toInteger(this.secret) << 10n) | checksum(this.secret);
        return Array.from({ length: WORD_COUNT }, (_, i) => {
            const index = (bits >> BigInt(10 * (WORD_COUNT - 1 - i))) & 1023n;
            return WORDS[Number(index)] ?? "";
        });
    }

    /** Seven groups of four. */
    get digits(): readonly string[] {
        const data = toInteger(this.secret) * 1000n;
        const check = (((1n - data) % CHECK_MODULUS) + CHECK_MODULUS) % CHECK_MODULUS;
        return groups((data + check).toString().padStart(DIGIT_COUNT, "0"));
    }
}

function toInteger(bytes: Uint8Array): bigint {
    return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toSecret(value: bigint): Uint8Array {
    return Uint8Array.from({ length: SECRET_BYTES }, (_, i) => Number((value >> BigInt(8 * (SECRET_BYTES - 1 - i))) & 255n));
}

/** The first 10 bits of H over the secret. */
function checksum(secret: Uint8Array): bigint {
    return toInteger(sha256Of(utf8("wasl/receipt-check/v1"), secret).subarray(0, 2)) >> 6n;
}

function groups(digits: string): string[] {
    return digits.match(/.{4}/g) ?? [];
}

const FOLDS = new Map<string, string>(
    [["أإآٱ", "ا"], ["ىیئ", "ي"], ["ةھہ", "ه"], ["ؤ", "و"], ["کگ", "ك"], ["پ", "ب"], ["چ", "ج"], ["ڤ", "ف"], ["ں", "ن"], ["ٯ", "ق"]].flatMap(
        ([variants = "", plain = ""]) => Array.from(variants, (variant): [string, string] => [variant, plain]),
    ),
);

/** Marks on letters, tatweel, and the zero-width and bidirectional controls that copying brings along. */
const DROPPED = /[\u064B-\u065F\u0670\u0640\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/g;

/** One spelling for what people see as the same letter or digit. */
export function normalise(text: string): string {
    return text
        .normalize("NFKC")
        .replace(DROPPED, "")
        .replace(/./gu, (letter) => FOLDS.get(letter) ?? letter)
        .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
        .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

function parseDigits(digits: string): ReceiptCode {
    if (digits === "") throw new ReceiptCodeError("empty");
    if (digits.length !== DIGIT_COUNT) throw new ReceiptCodeError("digit_count", { count: digits.length });
    // A right-to-left page shows the groups from the last to the first, and people copy what they see.
    const code = fromDigits(digits) ?? fromDigits(groups(digits).reverse().join(""));
    if (code === undefined) throw new ReceiptCodeError("check_digits");
    return code;
}

function fromDigits(digits: string): ReceiptCode | undefined {
    const value = BigInt(digits.slice(0, -3));
    if (value >= 1n << 80n) return undefined;
    const code = new ReceiptCode(toSecret(value));
    return code.digits.join("") === digits ? code : undefined;
}

function parseWords(written: readonly string[]): ReceiptCode {
    if (written.length !== WORD_COUNT) throw new ReceiptCodeError("word_count", { count: written.length });
    for (const indices of combinations(written.map(candidates))) {
        const code = fromIndices(indices);
        if (code !== undefined) return code;
    }
    throw new ReceiptCodeError("checksum");
}

/** The first combinations in order, the last word varying fastest. */
function combinations(choices: readonly (readonly number[])[]): number[][] {
    let rows: number[][] = [[]];
    for (const choice of choices) {
        rows = rows.flatMap((row) => choice.map((index) => [...row, index])).slice(0, MAX_COMBINATIONS);
    }
    return rows;
}

function fromIndices(indices: readonly number[]): ReceiptCode | undefined {
    const bits = indices.reduce((value, index) => (value << 10n) | BigInt(index), 0n);
    const code = new ReceiptCode(toSecret(bits >> 10n));
    return checksum(code.secret) === (bits & 1023n) ? code : undefined;
}

const SKELETONS: readonly (readonly [string, string])[] = [
    ["بتث", "ٮ"],
    ["جحخ", "ح"],
    ["دذ", "د"],
    ["رز", "ر"],
    ["سش", "س"],
    ["صض", "ص"],
    ["طظ", "ط"],
    ["عغ", "ع"],
    ["ف", "ڡ"],
];
const SOUNDS: readonly (readonly [string, string])[] = [
    ["سصث", "س"],
    ["تط", "ت"],
    ["دضظذ", "د"],
    ["قك", "ك"],
    ["حه", "ه"],
];

/** The word with its dots lost; the dots of a final ن, ي or ق survive in handwriting. */
export function skeleton(word: string): string {
    const joined = word.replace(/[ني](?!$)/g, "ب").replace(/ق(?!$)/g, "ف");
    return merge(joined, SKELETONS);
}

/** The word as heard over a telephone. */
export function sound(word: string): string {
    return merge(word, SOUNDS);
}

function merge(word: string, classes: readonly (readonly [string, string])[]): string {
    return Array.from(word, (letter) => classes.find(([members]) => members.includes(letter))?.[1] ?? letter).join("");
}

type Index = ReadonlyMap<string, number>;

let indices: Readonly<Record<"word" | "skeleton" | "sound", Index>> | undefined;

/** Where each word stands in the list; made when the first code is read. */
function wordIndices(): Readonly<Record<"word" | "skeleton" | "sound", Index>> {
    const by = (key: (word: string) => string): Index => new Map(WORDS.map((word, i) => [key(word), i]));
    indices ??= { word: by((word) => word), skeleton: by(skeleton), sound: by(sound) };
    return indices;
}

/** Places in the list of the words that *word* may be, the surest first. */
function candidates(word: string, at: number): readonly number[] {
    const spellings = [word, word.startsWith(ARTICLE) ? word.slice(ARTICLE.length) : word];
    const index = wordIndices();
    let known = lookUp(index.word, spellings);
    if (known.length === 0) {
        known = [...lookUp(index.skeleton, spellings.map(skeleton)), ...lookUp(index.sound, spellings.map(sound))];
    }
    if (known.length > 0) return Array.from(new Set(known));
    const shown = Array.from(word).slice(0, MAX_SHOWN_LETTERS).join("");
    throw new ReceiptCodeError("unknown_word", { position: at + 1, word: shown, nearest: nearestWord(shown) });
}

function lookUp(index: Index, keys: readonly string[]): number[] {
    return keys.map((key) => index.get(key)).filter((place) => place !== undefined);
}

/** The list word at the least Levenshtein distance, the first of them in the list. */
export function nearestWord(word: string): string {
    let nearest = "";
    let least = Infinity;
    for (const candidate of WORDS) {
        const distance = levenshtein(word, candidate);
        if (distance < least) [nearest, least] = [candidate, distance];
    }
    return nearest;
}

function levenshtein(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    Array.from(a).forEach((letter, i) => {
        const next = [i + 1];
        for (let j = 0; j < b.length; j++) {
            const kept = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
            next.push(Math.min(kept, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
        }
        row = next;
    });
    return row[b.length] ?? 0;
}
