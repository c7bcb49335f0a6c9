/** The twin of `files/documents/pdf/icc.py`: the tables of a colour profile that count, under a head that says nothing. */

import { measured, replacement } from "../../images/icc.ts";
import { asLatin1, latin1 } from "../../policy.ts";
import { join, number } from "../../walker.ts";
import { bigBytes } from "../../bytes.ts";

const TAGS = ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", "kTRC", "wtpt", "bkpt", "chad", "A2B0", "A2B1", "A2B2", "B2A0", "B2A1", "B2A2", "gamt"];
const SPACES: Readonly<Record<number, readonly string[]>> = { 1: ["GRAY"], 3: ["RGB ", "Lab "], 4: ["CMYK"] };
const HEAD = 128;
const ENTRY = 12;
/** The one profile that viewers know by its size, and show as if there were none. */
const SRGB_SIZE = 3144;
/**
 * Profiles of screens and scanners, often of a single one, and how exact what is left of them may
 * be: colorants in 64ths (of 65,536), gamma from 1.0 to 3.0 in tenths.
 */
const MEASURED = ["mntrRGB ", "scnrRGB "];
const STEP = 1024;
const LARGEST = 4 * 65_536;
const [GAMMA_FROM, GAMMA_TO] = [10, 30];
const D50 = [0xf6d6, 0x10000, 0xd32d];
/** Elements that readers ask for and that say nothing, as versions 2 and 4 spell them. */
const NO_WORDS4 = latin1("mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x02\0\0\0\x1c\0-");
const NO_WORDS = new Map([
    [2, latin1(`desc\0\0\0\0\0\0\0\x01${"\0".repeat(79)}`)],
    [4, NO_WORDS4],
]);
const NO_RIGHTS = new Map([
    [2, latin1("text\0\0\0\0\0")],
    [4, NO_WORDS4],
]);

/** The profile to write, empty where none is needed, undefined where it cannot be read. */
export function neutral(untrusted: Uint8Array, channels: number): Uint8Array | undefined {
    const head = untrusted.subarray(0, HEAD);
    if (untrusted.length === SRGB_SIZE && replacement(untrusted)?.length === 0) return new Uint8Array();
    if (singlesOut(untrusted)) return rough(untrusted);
    if (untrusted.length < HEAD + 4 || asLatin1(head.subarray(36, 40)) !== "acsp") return undefined;
    const [words, rights] = [NO_WORDS.get(head[8] ?? 0), NO_RIGHTS.get(head[8] ?? 0)];
    if (SPACES[channels]?.includes(asLatin1(head.subarray(16, 20))) !== true || words === undefined || rights === undefined) return undefined;
    const elements = elementsOf(untrusted);
    if (elements.length === 0) return undefined;
    return assemble(anonymous(head), [["desc", words], ["cprt", rights], ...elements]);
}

/** Whether a profile is that of a screen or scanner, and none that many have. */
export function singlesOut(untrusted: Uint8Array): boolean {
    return MEASURED.includes(asLatin1(untrusted.subarray(12, 20))) && replacement(untrusted) === undefined;
}

/** A profile of about the same colours, which many devices share; white stays white. */
function rough(untrusted: Uint8Array): Uint8Array | undefined {
    const found = measured(untrusted);
    const tenths = found !== undefined && found.middle > 0 ? roundHalfEven((10 * Math.log(found.middle)) / Math.log(0.5)) : 0;
    if (found === undefined || tenths < GAMMA_FROM || tenths > GAMMA_TO) return undefined;
    if (found.colorants.some((n) => Math.abs(n) > LARGEST)) return undefined;
    const [red, blue] = [0, 6].map((at) => found.colorants.slice(at, at + 3).map((n) => STEP * roundHalfEven(n / STEP)));
    if (red === undefined || blue === undefined) return undefined;
    const green = D50.map((white, i) => white - (red[i] ?? 0) - (blue[i] ?? 0));
    const curve = join([latin1("curv\0\0\0\0\0\0\0\x01"), bigBytes(roundHalfEven(25.6 * tenths), 2)]);
    const xyz = (numbers: readonly number[]): Uint8Array => join([latin1("XYZ \0\0\0\0"), ...numbers.map((n) => bigBytes(n >>> 0, 4))]);
    const head = new Uint8Array(HEAD);
    head.set(latin1("\x04\x20\0\0mntrRGB XYZ "), 8);
    head.set(xyz(D50).subarray(8), 68);
    return assemble(anonymous(head), [
        ["desc", NO_WORDS4],
        ["cprt", NO_WORDS4],
        ["wtpt", xyz(D50)],
        ["rXYZ", xyz(red)],
        ["gXYZ", xyz(green)],
        ["bXYZ", xyz(blue)],
        ["rTRC", curve],
        ["gTRC", curve],
        ["bTRC", curve],
    ]);
}

/** As Python rounds. */
function roundHalfEven(value: number): number {
    const low = Math.floor(value);
    if (value - low === 0.5) return low + (low % 2 === 0 ? 0 : 1);
    return Math.round(value);
}

type Element = readonly [tag: string, data: Uint8Array];

/** The elements that may stay; none if one of them lies outside. */
function elementsOf(untrusted: Uint8Array): Element[] {
    const kept: Element[] = [];
    const end = Math.min(HEAD + 4 + ENTRY * number(untrusted, HEAD, 4), untrusted.length - 11);
    for (let at = HEAD + 4; at < end; at += ENTRY) {
        const tag = asLatin1(untrusted.subarray(at, at + 4));
        const [start, size] = [number(untrusted, at + 4, 4), number(untrusted, at + 8, 4)];
        if (!TAGS.includes(tag)) continue;
        if (start < HEAD || start + size > untrusted.length) return [];
        kept.push([tag, untrusted.subarray(start, start + size)]);
    }
    return kept;
}

/** A head with version, class, spaces, intent and white point only. */
function anonymous(head: Uint8Array): Uint8Array {
    const clean = new Uint8Array(HEAD - 8);
    clean.set([head[8] ?? 0, (head[9] ?? 0) & 0xf0]);
    clean.set(head.subarray(12, 24), 4);
    clean.set(latin1("acsp"), 28);
    clean.set(head.subarray(64, 80), 56);
    return clean;
}

/** A profile; equal elements are stored once. */
function assemble(head: Uint8Array, tags: readonly Element[]): Uint8Array {
    const start = HEAD + 4 + ENTRY * tags.length;
    const places = new Map<string, number>();
    const [table, data]: [Uint8Array[], Uint8Array[]] = [[bigBytes(tags.length, 4)], []];
    let size = 0;
    for (const [tag, element] of tags) {
        const key = asLatin1(element);
        if (!places.has(key)) {
            places.set(key, size);
            const filling = new Uint8Array((4 - (element.length % 4)) % 4);
            data.push(element, filling);
            size += element.length + filling.length;
        }
        table.push(latin1(tag), bigBytes(start + (places.get(key) ?? 0), 4), bigBytes(element.length, 4));
    }
    return join([bigBytes(start + size, 4), new Uint8Array(4), head, ...table, ...data]);
}
