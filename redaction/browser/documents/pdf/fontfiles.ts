/** The twin of `files/documents/pdf/fontfiles.py`: embedded fonts without names of people, dates and makers. */

import { bigBytes } from "../../bytes.ts";
import { asLatin1 } from "../../policy.ts";
import { join, number } from "../../walker.ts";
import { bytesOf, textOf } from "./source.ts";

const TABLES = "cmap,cvt ,fpgm,glyf,head,hhea,hmtx,loca,maxp,prep,OS/2,post,vhea,vmtx,VORG,CFF ,GSUB,gasp".split(",");
const SFNT = ["\0\x01\0\0", "true", "OTTO"];
const FIRST_LINE = "%!PS-AdobeFont-1.0\n";
const SWITCH = /eexec(?:\r\n|[\r\n\t ])?/;
const ZEROS = 500;
const TEXTS = /%[^\r\n]*|\\.|[()]/gs;
/** Top DICT operators whose operand is a text: version, notice, full name, family, weight; copyright, PostScript, base font name. */
const CFF_TEXTS = [0, 1, 2, 3, 4, 1200, 1221, 1222];
const STANDARD_STRINGS = 391;
const MAX_TABLES = 100;

/** A font to write, and the lengths of its parts (§9.9, table 127). */
export interface FontFile {
    readonly data: Uint8Array;
    readonly lengths: readonly number[];
}

/** The font without its texts, or undefined for what is no font. */
export function anonymous(untrusted: Uint8Array): FontFile | undefined {
    const start = asLatin1(untrusted.subarray(0, 4));
    if (SFNT.includes(start)) {
        const data = sfnt(untrusted);
        return data && { data, lengths: [data.length] };
    }
    if (start.startsWith("%!") || start.startsWith("\x80\x01")) return type1(untrusted);
    if (start.startsWith("\x01") && untrusted.length > 4) return { data: cff(untrusted), lengths: [] };
    return undefined;
}

/** A font of the tables that may stay, in the order in which they came. */
function sfnt(untrusted: Uint8Array): Uint8Array | undefined {
    const count = number(untrusted, 4, 2);
    if (count > MAX_TABLES || untrusted.length < 12 + 16 * count) return undefined;
    const tables = new Map<string, Uint8Array>();
    for (let at = 12; at < 12 + 16 * count; at += 16) {
        const tag = asLatin1(untrusted.subarray(at, at + 4));
        const [start, size] = [number(untrusted, at + 8, 4), number(untrusted, at + 12, 4)];
        if (TABLES.includes(tag)) tables.set(tag, table(tag, untrusted.subarray(start, start + size)));
    }
    return tables.size > 0 ? directory(untrusted.subarray(0, 4), tables) : undefined;
}

function table(tag: string, data: Uint8Array): Uint8Array {
    if (tag === "CFF " && data[0] === 1) return cff(data);
    if (tag !== "head" || data.length < 54) return data;
    // Neither revision and checksum nor when it was made and changed.
    return join([data.subarray(0, 4), new Uint8Array(8), data.subarray(12, 20), new Uint8Array(16), data.subarray(36)]);
}

function directory(kind: Uint8Array, tables: ReadonlyMap<string, Uint8Array>): Uint8Array {
    const count = tables.size;
    const power = 31 - Math.clz32(count);
    const range = 16 << power;
    const [records, body]: [Uint8Array[], Uint8Array[]] = [[], []];
    let at = 12 + 16 * count;
    for (const [tag, data] of tables) {
        records.push(bytesOf(tag), bigBytes(checksum(data), 4), bigBytes(at, 4), bigBytes(data.length, 4));
        const filling = new Uint8Array((4 - (data.length % 4)) % 4);
        body.push(data, filling);
        at += data.length + filling.length;
    }
    return join([kind, bigBytes(count, 2), bigBytes(range, 2), bigBytes(power, 2), bigBytes(16 * count - range, 2), ...records, ...body]);
}

function checksum(data: Uint8Array): number {
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum = (sum + number(data, at, 4)) % 2 ** 32;
    return sum;
}

/** Drop comments and strings of the part that is not encrypted (Adobe Type 1, §2). */
function type1(file: Uint8Array): FontFile | undefined {
    const untrusted = textOf(withoutSegments(file));
    const found = SWITCH.exec(untrusted);
    if (found === null) return undefined;
    const end = found.index + found[0].length;
    const rest = untrusted.slice(0, end).replaceAll("\r", "\n").replace(/^[^\n]*\n?/, "");
    const clear = FIRST_LINE + withoutTexts(rest);
    if (!/eexec[\n\t ]*$/.test(clear)) return undefined; // it stood in a text
    const coded = withoutZeros(untrusted.slice(end));
    return { data: bytesOf(clear + coded), lengths: [clear.length, coded.length, 0] };
}

/** A PostScript program without comments, and with all its strings empty. */
function withoutTexts(program: string): string {
    let [parts, start, depth] = ["", 0, 0];
    for (const match of program.matchAll(TEXTS)) {
        const [text] = match;
        const end = match.index + text.length;
        if (depth === 0 && text !== ")") {
            parts += program.slice(start, match.index);
            start = end;
        }
        if (text === "(") depth++;
        else if (text === ")" && depth > 0 && --depth === 0) {
            parts += "()";
            start = end;
        }
    }
    return parts + (depth > 0 ? "" : program.slice(start));
}

/** Cut the 512 zeros and what stands behind them, which no reader needs. */
function withoutZeros(coded: string): string {
    const end = coded.lastIndexOf("cleartomark");
    let needed = end;
    while (needed > 0 && "0\r\n \t".includes(coded[needed - 1] ?? "")) needed--;
    return end - needed >= ZEROS ? coded.slice(0, needed) : coded;
}

/** Undo the segments of a PFB file, in which some programs leave their fonts. */
function withoutSegments(untrusted: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    let at = 0;
    while (untrusted[at] === 0x80 && (untrusted[at + 1] === 1 || untrusted[at + 1] === 2)) {
        const size = new DataView(Uint8Array.from({ length: 4 }, (_, i) => untrusted[at + 2 + i] ?? 0).buffer).getUint32(0, true);
        parts.push(untrusted.subarray(at + 6, at + 6 + size));
        at += 6 + size;
    }
    const whole = join(parts);
    return whole.length > 0 ? whole : untrusted;
}

type Span = readonly [start: number, end: number];

/** Blank the texts that the Top DICTs name (TN 5176 §9); what cannot be read stays. */
function cff(untrusted: Uint8Array): Uint8Array {
    const names = index(untrusted, untrusted[2] ?? 0);
    const tops = index(untrusted, names.at(-1)?.[1]);
    const strings = index(untrusted, tops.at(-1)?.[1]);
    if (strings.length === 0) return untrusted;
    const data = untrusted.slice();
    for (const [start, end] of tops.slice(0, -1)) {
        for (const text of textsOf(untrusted.subarray(start, end))) {
            const span = text < STANDARD_STRINGS ? undefined : strings.slice(0, -1)[text - STANDARD_STRINGS];
            if (span !== undefined) data.fill(0x20, ...span);
        }
    }
    return data;
}

/** Where each item of an INDEX lies, and last an item that begins and ends behind it. */
function index(data: Uint8Array, at: number | undefined): Span[] {
    if (at === undefined) return [];
    const count = number(data, at, 2);
    if (count === 0) return [[at + 2, at + 2]];
    const size = data[at + 2] ?? 0;
    const base = at + 2 + size * (count + 1);
    if (size < 1 || size > 4 || base > data.length) return [];
    const offsets = Array.from({ length: count + 1 }, (_, i) => base + number(data, at + 3 + size * i, size));
    const last = offsets.at(-1) ?? 0;
    if (offsets.some((offset, i) => offset < (offsets[i - 1] ?? 0)) || last > data.length) return [];
    return [...offsets.slice(1).map((end, i) => [offsets[i] ?? 0, end] as const), [last, last]];
}

/** The string numbers that a Top DICT gives to texts (TN 5176 §4). */
function textsOf(top: Uint8Array): number[] {
    const found: number[] = [];
    let [operand, at] = [0, 0];
    while (at < top.length) {
        const b0 = top[at] ?? 0;
        const b1 = top[at + 1] ?? 0;
        if (b0 <= 21) {
            if (CFF_TEXTS.includes(b0 === 12 ? 1200 + b1 : b0)) found.push(operand);
            at += b0 === 12 ? 2 : 1;
        } else if (b0 === 28 || b0 === 29) {
            const size = Math.min(b0 === 28 ? 2 : 4, top.length - at - 1);
            operand = number(top, at + 1, size);
            at += b0 === 28 ? 3 : 5;
        } else if (b0 === 30) {
            at++;
            while (at < top.length && ((top[at] ?? 0) & 15) !== 15 && (top[at] ?? 0) >> 4 !== 15) at++;
            at++;
        } else {
            operand = b0 <= 246 ? b0 - 139 : b0 <= 250 ? (b0 - 247) * 256 + b1 + 108 : 0;
            at += b0 <= 246 ? 1 : 2;
        }
    }
    return found;
}
