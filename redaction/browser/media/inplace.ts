/** The twin of `files/media/inplace.py`: a file that is cleaned where it stands. */

import rules from "../../files/media/inplace.json";
import { LIMITS, SIGNS } from "../policy.ts";
import { UnreadableFileError } from "../walker.ts";

/** What may stay in coded data, shared by both languages and both readings. */
export const RULES = rules;
const ALL_SIGNS = [...SIGNS, ...Object.entries(rules.signs)];
/** How many bytes of a thing that goes are read to tell its kind. */
const LOOKED_AT = 65_536;
/** How many bytes are read for that in all, where beginning counts as `LOOK`. */
const LOOKS = 1 << 22;
const LOOK = 256;

export class InPlace {
    data: Uint8Array;
    readonly removed = new Set<string>();
    readonly warnings = new Set<string>();
    private readonly code: string;
    private units: number = LIMITS.units;
    private looks = LOOKS;

    /** *code* begins the codes of refusals. */
    constructor(untrusted: Uint8Array, code: string) {
        this.data = untrusted;
        this.code = code;
    }

    refusal(why: string): UnreadableFileError {
        return new UnreadableFileError(`${this.code}-${why}`);
    }

    demand(condition: boolean): asserts condition {
        if (!condition) throw this.refusal("malformed");
    }

    /** Refuse hostile files that consist of nothing but headers. */
    spend(units = 1): void {
        this.units -= units;
        if (this.units < 0) throw new UnreadableFileError("file-too-complex");
    }

    /** One byte inside the file. */
    byte(at: number): number {
        const byte = this.data[at];
        this.demand(byte !== undefined);
        return byte;
    }

    /** A big-endian number; exact below 2^53. */
    number(at: number, size: number): number {
        this.demand(at + size <= this.data.length);
        let value = 0;
        for (let i = at; i < at + size; i++) value = value * 256 + (this.data[i] ?? 0);
        return value;
    }

    /** A number below 2^53. */
    exact(at: number, size: number): number {
        const value = this.number(at, size);
        this.demand(value < 2 ** 53);
        return value;
    }

    word(at: number, size = 4): string {
        this.demand(at + size <= this.data.length);
        let text = "";
        for (let i = at; i < at + size; i++) text += String.fromCharCode(this.data[i] ?? 0);
        return text;
    }

    /** Where *sign* stands first between *start* and *end*, or -1. */
    find(sign: Uint8Array, start: number, end: number): number {
        const last = sign.length - 1;
        const rare = sign[last] ?? 0;
        for (let at = this.data.indexOf(rare, start + last); at >= 0 && at < end; at = this.data.indexOf(rare, at + 1)) {
            if (sign.every((byte, i) => this.data[at - last + i] === byte)) return at - last;
        }
        return -1;
    }

    isAt(sign: Uint8Array, start: number, end: number): boolean {
        return start + sign.length <= end && sign.every((byte, i) => this.data[start + i] === byte);
    }

    /** Write *value* into each byte and note *categories*, or else what stood there, if that changes anything. */
    fill(start: number, end: number, value: number, ...categories: string[]): void {
        for (let at = start; at < end; at++) {
            if (this.data[at] === value) continue;
            this.note(categories.length > 0 ? categories : this.kinds(start, end));
            this.data.fill(value, at, end);
            return;
        }
    }

    zero(start: number, end: number, ...categories: string[]): void {
        this.fill(start, end, 0, ...categories);
    }

    /** Fill with zeros and note nothing. */
    wipe(start: number, end: number): void {
        if (start < end) this.data.fill(0, start, end);
    }

    put(at: number, value: Uint8Array, ...categories: string[]): void {
        if (this.isAt(value, at, this.data.length)) return;
        this.data.set(value, at);
        this.note(categories);
    }

    cut(at: number): void {
        this.data = this.data.subarray(0, at);
    }

    note(categories: Iterable<string>): void {
        for (const category of categories) this.removed.add(category);
    }

    /** The categories of what stands there, or only "unknown"; not for ever. */
    kinds(start: number, end: number): Set<string> {
        const last = Math.min(end, start + LOOKED_AT);
        this.looks -= LOOK + Math.max(0, last - start);
        if (this.looks < 0) return new Set(["unknown"]);
        // Signs have no bytes that the decoder takes for Windows' letters.
        const text = new TextDecoder("latin1").decode(this.data.subarray(start, last));
        const found = ALL_SIGNS.filter(([, signs]) => signs.some((sign) => text.includes(sign)));
        return new Set(found.length > 0 ? found.map(([category]) => category) : ["unknown"]);
    }
}

export function known(found: ReadonlySet<string>): string[] {
    return [...found].filter((category) => category !== "unknown");
}
