/** The twin of `files/documents/pdf/filters.py`: undo the filters of PDF streams, never into more than was agreed. */

import { asLatin1, LIMITS } from "../../policy.ts";
import { join, UnreadableFileError } from "../../walker.ts";
import { inflateRaw } from "./inflate.ts";
import { demand, type Entries, isWhole } from "./syntax.ts";

export const CODECS: readonly string[] = ["DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode"];
export const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
    ["AHx", "ASCIIHexDecode"],
    ["A85", "ASCII85Decode"],
    ["LZW", "LZWDecode"],
    ["Fl", "FlateDecode"],
    ["RL", "RunLengthDecode"],
    ["CCF", "CCITTFaxDecode"],
    ["DCT", "DCTDecode"],
]);
export const MAX_FILTERS = 4;
const WORDS_AT_LEAST = 400_000;
const WORDS_PER_BYTE = 2;
const SPACES = [0, 9, 10, 12, 13, 32];
const [CLEAR, LZW_END] = [256, 257];

/** One step of a stream's packing. */
export interface Filter {
    readonly name: string;
    /** Their values are no references. */
    readonly parameters: Entries;
}

/** How many bytes one file may unfold to, and how many words of it are read one by one. */
export class Budget {
    private bytes = LIMITS.pdf_unpacked;
    private words: number;

    constructor(fileBytes: number) {
        this.words = Math.min(LIMITS.pdf_words, WORDS_AT_LEAST + WORDS_PER_BYTE * fileBytes);
    }

    spend(count: number): void {
        this.bytes -= count;
        if (this.bytes < 0) throw tooComplex();
    }

    work(count: number): void {
        this.words -= count;
        if (this.words < 0) throw tooComplex();
    }

    *counted<T>(words: Iterable<T>): Generator<T, undefined> {
        for (const word of words) {
            this.work(1);
            yield word;
        }
    }

    /** Undo one filter. */
    decode(data: Uint8Array, step: Filter): Uint8Array {
        const plain = this.undo(data, step);
        this.spend(plain.length);
        return plain;
    }

    /** Undo all filters, predictors too. */
    plain(data: Uint8Array, steps: readonly Filter[]): Uint8Array {
        return steps.reduce((plain, step) => this.unpredict(this.decode(plain, step), step.parameters), data);
    }

    /** Undo the PNG predictors of rows of bytes (§7.4.4.4); raise for TIFF's. */
    unpredict(data: Uint8Array, parameters: Entries): Uint8Array {
        const predictor = predictorOf(parameters);
        if (predictor === 1) return data;
        const [pixel, row] = rowShape(parameters);
        demand(predictor >= 10 && predictor <= 15);
        this.work(data.length >> 1);
        const rows: Uint8Array[] = [];
        let above = new Uint8Array(row);
        for (let at = 0; at < data.length; at += row + 1) {
            above = unfiltered(data[at] ?? 0, data.subarray(at + 1, at + 1 + row), above, pixel);
            rows.push(above);
        }
        return join(rows);
    }

    private undo(data: Uint8Array, step: Filter): Uint8Array {
        switch (step.name) {
            case "FlateDecode":
                return inflate(data);
            case "LZWDecode":
                this.work(data.length >> 1);
                return unlzw(data, step.parameters.get("EarlyChange") !== 0);
            case "RunLengthDecode":
                this.work(data.length >> 2);
                return unrun(data);
            case "ASCII85Decode":
                this.work(data.length >> 3);
                return unascii85(data);
            case "ASCIIHexDecode":
                return unhex(data);
            default:
                demand(false);
        }
    }
}

export function tooComplex(): UnreadableFileError {
    return new UnreadableFileError("file-too-complex");
}

/** What a zlib stream holds; readers of PDF forgive a missing or false checksum, and so do we. */
export function inflate(data: Uint8Array): Uint8Array {
    checkHead(data);
    const room = new Room();
    inflateRaw(data, 2, (piece) => {
        room.add(piece);
        return true;
    });
    return room.whole();
}

/** How much a zlib stream holds, where its deflate data end (0 if they do not, or hold more than *most*), and its checksum. */
export function measure(data: Uint8Array, most: number): { total: number; used: number; check: number } {
    checkHead(data);
    let total = 0;
    let [low, high] = [1, 0];
    const used = inflateRaw(data, 2, (piece) => {
        total += piece.length;
        for (let at = 0; at < piece.length; at += 2048) {
            for (const byte of piece.subarray(at, at + 2048)) {
                low += byte;
                high += low;
            }
            low %= 65_521;
            high %= 65_521;
        }
        return total <= most;
    });
    return { total, used, check: high * 65_536 + low };
}

/** Raise `UnreadableFileError` unless a zlib stream begins here (RFC 1950 §2.2). */
function checkHead(data: Uint8Array): void {
    const [method = 0, flags = 0] = data;
    demand(data.length >= 2 && (method & 15) === 8 && (flags & 32) === 0 && (method * 256 + flags) % 31 === 0);
}

/** Grows up to the limit of one stream. */
class Room {
    private data = new Uint8Array(4096);
    private size = 0;

    add(piece: Uint8Array): void {
        const size = this.size + piece.length;
        if (size > LIMITS.pdf_stream) throw tooComplex();
        if (size > this.data.length) {
            const grown = new Uint8Array(2 * size);
            grown.set(this.data.subarray(0, this.size));
            this.data = grown;
        }
        this.data.set(piece, this.size);
        this.size = size;
    }

    whole(): Uint8Array {
        return this.data.subarray(0, this.size);
    }
}

/** The number of the predictor, 1 for none (§7.4.4.4). */
export function predictorOf(parameters: Entries): number {
    const predictor = parameters.get("Predictor") ?? 1;
    demand(isWhole(predictor));
    return predictor;
}

/** The bytes of one pixel, at least one, and of one row. */
export function rowShape(parameters: Entries): [pixel: number, row: number] {
    const [colours, depth, columns] = [parameters.get("Colors") ?? 1, parameters.get("BitsPerComponent") ?? 8, parameters.get("Columns") ?? 1];
    demand(isWhole(colours) && isWhole(depth) && isWhole(columns));
    demand(Math.min(colours, depth, columns) > 0 && Math.max(colours, depth, columns) <= LIMITS.pixels && colours * depth <= 32 * 16);
    return [Math.max(1, Math.floor((colours * depth) / 8)), Math.floor((colours * depth * columns + 7) / 8)];
}

/** Undo one row (PNG §9.2). */
function unfiltered(kind: number, coded: Uint8Array, above: Uint8Array, pixel: number): Uint8Array<ArrayBuffer> {
    demand(kind <= 4);
    const row = new Uint8Array(above.length);
    row.set(coded);
    for (let i = 0; kind > 0 && i < coded.length; i++) {
        const left = row[i - pixel] ?? 0;
        row[i] = (row[i] ?? 0) + predicted(kind, left, above[i] ?? 0, above[i - pixel] ?? 0);
    }
    return row;
}

function predicted(kind: number, left: number, up: number, corner: number): number {
    if (kind === 1) return left;
    if (kind === 2) return up;
    if (kind === 3) return (left + up) >> 1;
    const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
    return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

/** Undo LZW (§7.4.4.2): codes of 9 to 12 bits, high bits first. */
function unlzw(data: Uint8Array, early: boolean): Uint8Array {
    const room = new Room();
    let table = freshTable();
    let before: Uint8Array = new Uint8Array();
    let [width, held, bits] = [9, 0, 0];
    for (const byte of data) {
        held = ((held << 8) | byte) & 0xfffff;
        bits += 8;
        if (bits < width) continue;
        bits -= width;
        const code = (held >> bits) & ((1 << width) - 1);
        if (code === LZW_END) break;
        if (code === CLEAR) {
            table = freshTable();
            before = new Uint8Array();
            width = 9;
            continue;
        }
        demand(code < table.length || (code === table.length && before.length > 0));
        const entry = table[code] ?? join([before, before.subarray(0, 1)]);
        room.add(entry);
        if (before.length > 0 && table.length < 4096) table.push(join([before, entry.subarray(0, 1)]));
        before = entry;
        width = Math.min(12, Math.max(9, 32 - Math.clz32(table.length + (early ? 1 : 0))));
    }
    return room.whole();
}

function freshTable(): Uint8Array[] {
    const table = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i));
    return [...table, new Uint8Array(), new Uint8Array()];
}

/** Undo run-length coding (§7.4.5). */
function unrun(data: Uint8Array): Uint8Array {
    const room = new Room();
    let at = 0;
    while (at < data.length) {
        const count = data[at] ?? 0;
        if (count === 128) break;
        if (count < 128) room.add(data.subarray(at + 1, at + 2 + count));
        else if (at + 1 < data.length) room.add(new Uint8Array(257 - count).fill(data[at + 1] ?? 0));
        at += count < 128 ? 2 + count : 2;
    }
    return room.whole();
}

/** Undo base 85 (§7.4.3). */
function unascii85(data: Uint8Array): Uint8Array {
    const text = asLatin1(data.filter((byte) => !SPACES.includes(byte)));
    const digits = text.replace(/^<~/, "").replace(/~.*$/s, "");
    demand(/^[!-uz]*$/.test(digits));
    const room = new Room();
    let group: number[] = [];
    for (const digit of digits) {
        demand(digit !== "z" || group.length === 0);
        if (digit === "z") room.add(new Uint8Array(4));
        else group.push(digit.charCodeAt(0) - 33);
        if (group.length === 5) {
            room.add(fourBytes(group));
            group = [];
        }
    }
    if (group.length > 0) room.add(fourBytes([...group, 84, 84, 84, 84].slice(0, 5)).subarray(0, group.length - 1));
    return room.whole();
}

function fourBytes(digits: readonly number[]): Uint8Array {
    const value = digits.reduce((sum, digit) => sum * 85 + digit, 0);
    demand(value < 2 ** 32);
    return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Undo hexadecimal digits (§7.4.2). */
function unhex(data: Uint8Array): Uint8Array {
    const text = asLatin1(data.filter((byte) => !SPACES.includes(byte)));
    const digits = text.replace(/>.*$/s, "");
    demand(/^[0-9A-Fa-f]*$/.test(digits));
    return Uint8Array.from({ length: (digits.length + 1) >> 1 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2).padEnd(2, "0"), 16));
}
