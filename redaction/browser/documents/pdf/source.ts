/**
 * A PDF as it came: objects by number, found through its tables of contents.
 *
 * Python leaves this to qpdf. Where a table does not lead to what it says, both look for the
 * objects themselves, the last one of each number.
 */

import { LIMITS } from "../../policy.ts";
import { UnreadableFileError } from "../../walker.ts";
import { ABBREVIATIONS, Budget, type Filter, MAX_FILTERS, tooComplex } from "./filters.ts";
import { demand, type Entries, isWhole, Name, parse, Ref, scalar, tokens, type Value } from "./syntax.ts";

const MAX_REFERENCES = 8;
const MAX_SECTIONS = 1000;
/** So many characters, as a power of two, are searched for the cost of one word. */
const SEARCHED_AT_ONCE = 8;
/** To find out that an object is broken may take as long as to read so many words. */
const WORDS_FOR_BROKEN = 4000;
const MAX_NUMBER = 8_388_607;
const HEAD_WITHIN = 1024;
const START = /startxref[\0\t\n\f\r ]+([0-9]{1,10})/g;
const RANGE = /[\0\t\n\f\r ]*([0-9]{1,10})[\0\t\n\f\r ]+([0-9]{1,10})[\0\t\n\f\r ]*/y;
const ROW = /[\0\t\n\f\r ]*([0-9]{1,10})[\0\t\n\f\r ]+([0-9]{1,5})[\0\t\n\f\r ]*([nf])/y;
const TABLE = /[\0\t\n\f\r ]*xref(?=[\0\t\n\f\r ])/y;
const TRAILER = /[\0\t\n\f\r ]*trailer/y;
const OBJECT = /(?:[\0\t\n\f\r ]|%[^\r\n]*)*([0-9]{1,10})[\0\t\n\f\r ]+([0-9]{1,5})[\0\t\n\f\r ]+obj/y;
const STREAM = /(?:[\0\t\n\f\r ]|%[^\r\n]*)*stream(?:\r\n|\n|\r)?/y;
const STREAM_END = /[\0\t\n\f\r ]*endstream/y;

/** Where an object stands: in the file, or in an object stream. */
type Place = { readonly at: number; readonly generation: number } | { readonly holder: number; readonly index: number };

interface Holder {
    readonly text: string;
    /** Number of each object in it and where it begins. */
    readonly places: readonly (readonly [number: number, at: number])[];
}

/** A stream's dictionary and its data as they stand in the file. */
export class Stream {
    readonly entries: Entries;
    readonly raw: Uint8Array;

    constructor(entries: Entries, raw: Uint8Array) {
        this.entries = entries;
        this.raw = raw;
    }
}

/** Opens a file; raises `UnreadableFileError` for what is no PDF or has a password. */
export class Source {
    readonly budget: Budget;
    /** What the objects themselves may cost. */
    private readonly reading: Budget;
    trailer: Entries = new Map();
    /** The file, one character for each byte. */
    readonly text: string;
    private readonly data: Uint8Array;
    private readonly start: number;
    private places = new Map<number, Place | null>();
    private rebuilt = false;
    private readonly known = new Map<string, Value>();
    private readonly holders = new Map<number, Holder>();
    private readonly loading = new Set<string>();

    constructor(untrusted: Uint8Array) {
        this.budget = new Budget(untrusted.length);
        this.reading = new Budget(untrusted.length);
        this.data = untrusted;
        this.text = textOf(untrusted);
        this.start = this.text.slice(0, HEAD_WITHIN).indexOf("%PDF-");
        // Cut short: what is there would look like a whole file.
        demand(this.start >= 0 && this.text.lastIndexOf("startxref") >= this.text.lastIndexOf("endobj"));
        if (!this.readTables() || this.catalog().size === 0) this.rebuild();
        if (this.trailer.has("Encrypt")) throw new UnreadableFileError("pdf-encrypted");
        demand(this.catalog().size > 0);
    }

    get size(): number {
        return this.data.length;
    }

    catalog(): Entries {
        return this.entries(this.trailer.get("Root"));
    }

    /** What *untrusted* is or refers to; null for nothing. */
    value(untrusted: Value | undefined): Value {
        let value = untrusted ?? null;
        for (let i = 0; i < MAX_REFERENCES; i++) {
            if (!(value instanceof Ref)) return value;
            value = this.load(value);
        }
        return null;
    }

    /** The dictionary that *untrusted* is, refers to or begins with, or an empty one. */
    entries(untrusted: Value | undefined): Entries {
        const value = this.value(untrusted);
        if (value instanceof Stream) return value.entries;
        return value instanceof Map ? value : new Map<string, Value>();
    }

    /** The array that *untrusted* is or refers to, or an empty one. */
    items(untrusted: Value | undefined): Value[] {
        const value = this.value(untrusted);
        return Array.isArray(value) ? value : [];
    }

    /** The name that *untrusted* is or refers to. */
    name(untrusted: Value | undefined): string | undefined {
        const value = this.value(untrusted);
        return value instanceof Name ? value.text : undefined;
    }

    /** The steps of a stream's packing, the outermost first. */
    filters(entries: Entries): Filter[] {
        demand(!entries.has("F")); // the data would stand in another file
        const names = this.list(entries.get("Filter"));
        const parameters = this.list(entries.get("DecodeParms"));
        if (names.length > MAX_FILTERS) throw tooComplex();
        return names.map((value, i) => {
            const name = this.name(value) ?? "";
            const plain = [...this.entries(parameters[i])].map(([key, entry]) => [key, this.value(entry)] as const);
            return { name: ABBREVIATIONS.get(name) ?? name, parameters: new Map(plain) };
        });
    }

    /** A stream's data without any packing. */
    plain(stream: Stream): Uint8Array {
        return this.budget.plain(stream.raw, this.filters(stream.entries));
    }

    private list(untrusted: Value | undefined): Value[] {
        const value = this.value(untrusted);
        return Array.isArray(value) ? value : value === null ? [] : [value];
    }

    private load(ref: Ref): Value {
        const known = this.known.get(ref.key);
        if (known !== undefined || this.loading.has(ref.key)) return known ?? null;
        this.loading.add(ref.key);
        const value = this.find(ref);
        this.loading.delete(ref.key);
        this.known.set(ref.key, value);
        return value;
    }

    private find(ref: Ref): Value {
        const place = this.places.get(ref.number) ?? null;
        if (place === null) return null;
        if ("holder" in place) return ref.generation === 0 ? this.held(place.holder, place.index, ref.number) : null;
        if (place.generation !== ref.generation) return null;
        const [header, end] = match(OBJECT, this.text, place.at);
        if (Number(header[1] ?? NaN) === ref.number) return this.object(end);
        if (this.rebuilt) return null;
        this.rebuild();
        return this.find(ref);
    }

    /** The value that begins at *at*. */
    private object(at: number): Value {
        const first = tokens(this.text, at).next().value;
        if (first === undefined) return null;
        if (first.word !== "<<" && first.word !== "[") return scalar(first.word);
        const { value, end } = parse(this.text, first.at, this.reading);
        const [begins, start] = match(STREAM, this.text, end);
        if (!(value instanceof Map) || begins.length === 0) return value;
        return new Stream(value, this.data.subarray(start, this.streamEnd(value, start)));
    }

    /** Where a stream's data end: where their length says, or else before the word for it. */
    private streamEnd(entries: Entries, start: number): number {
        const length = this.value(entries.get("Length"));
        if (isWhole(length) && length >= 0 && match(STREAM_END, this.text, start + length)[0].length > 0) return start + length;
        const end = this.text.indexOf("endstream", start);
        this.reading.work(((end < 0 ? this.text.length : end) - start) >> SEARCHED_AT_ONCE);
        demand(end >= 0);
        const line = /(?:\r\n|\n|\r)$/.exec(this.text.slice(Math.max(start, end - 2), end));
        return end - (line?.[0].length ?? 0);
    }

    /** An object inside an object stream (§7.5.7). */
    private held(number: number, index: number, expected: number): Value {
        const { text, places } = this.holder(number);
        const [found, at] = places[index] ?? places.find(([inside]) => inside === expected) ?? [];
        if (found !== expected || at === undefined) return null;
        const first = tokens(text, at).next().value;
        if (first === undefined) return null;
        return first.word === "<<" || first.word === "[" ? parse(text, first.at, this.reading).value : scalar(first.word);
    }

    private holder(number: number): Holder {
        const known = this.holders.get(number);
        if (known !== undefined) return known;
        const place = this.places.get(number);
        const stream = place && "at" in place ? this.value(new Ref(number, place.generation)) : null;
        demand(stream instanceof Stream);
        const text = textOf(this.plain(stream));
        const [count, first] = [this.value(stream.entries.get("N")), this.value(stream.entries.get("First"))];
        demand(isWhole(count) && isWhole(first) && count <= LIMITS.pdf_objects * 4);
        const words = this.reading.counted(tokens(text.slice(0, first)));
        const numbers = Array.from(words, ({ word }) => Number(word)).slice(0, 2 * count);
        const places = Array.from({ length: numbers.length >> 1 }, (_, i) => [numbers[2 * i] ?? 0, first + (numbers[2 * i + 1] ?? 0)] as const);
        const holder = { text, places };
        this.holders.set(number, holder);
        return holder;
    }

    /** Read the newest table and those it names; false if one of them is none (§7.5.4, §7.5.8). */
    private readTables(): boolean {
        const starts = [...this.text.matchAll(START)];
        const waiting = [Number(starts.at(-1)?.[1] ?? NaN)];
        const seen = new Set<number>();
        try {
            for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
                demand(Number.isInteger(at) && !seen.has(at) && seen.size < MAX_SECTIONS);
                seen.add(at);
                const entries = this.section(this.start + at);
                const before = entries.get("Prev");
                if (isWhole(before) && !seen.has(before)) waiting.push(before);
                if (this.trailer.size === 0) this.trailer = entries;
            }
            return true;
        } catch (error) {
            this.forgive(error);
            return false;
        }
    }

    /** Read one table; return its trailer. */
    private section(at: number): Entries {
        const [begins, start] = match(TABLE, this.text, at);
        if (begins.length === 0) return this.streamSection(at);
        const free: number[] = [];
        let end = start;
        for (;;) {
            const [range, rows] = match(RANGE, this.text, end);
            if (range.length === 0) break;
            end = this.rows(Number(range[1]), Number(range[2]), rows, free);
        }
        const [word, after] = match(TRAILER, this.text, end);
        demand(word.length > 0);
        const { value } = parse(this.text, after, this.reading);
        demand(value instanceof Map);
        // A table beside this one may know the objects that old readers must take for free (§7.5.8.4).
        const beside = value.get("XRefStm");
        if (isWhole(beside)) this.streamSection(this.start + beside);
        for (const number of free) this.place(number, null);
        return value;
    }

    private rows(first: number, count: number, at: number, free: number[]): number {
        for (let number = first; number < first + count; number++) {
            const [row, end] = match(ROW, this.text, at);
            demand(row.length > 0);
            if (row[3] === "n" && Number(row[1]) > 0) this.place(number, { at: this.start + Number(row[1]), generation: Number(row[2]) });
            else free.push(number);
            at = end;
        }
        return at;
    }

    private streamSection(at: number): Entries {
        const [header, end] = match(OBJECT, this.text, at);
        demand(header.length > 0);
        const stream = this.object(end);
        demand(stream instanceof Stream && this.name(stream.entries.get("Type")) === "XRef");
        const data = this.plain(stream);
        const widths = this.items(stream.entries.get("W")).map((width) => (isWhole(width) && width >= 0 && width <= 8 ? width : -1));
        demand(widths.length === 3 && !widths.includes(-1));
        const [kindBytes = 0, middleBytes = 0, lastBytes = 0] = widths;
        const size = this.value(stream.entries.get("Size"));
        const index = this.items(stream.entries.get("Index"));
        const ranges = index.length > 0 ? index : [0, size];
        let row = 0;
        for (let i = 0; i + 1 < ranges.length; i += 2) {
            const [first, count] = [ranges[i], ranges[i + 1]];
            demand(isWhole(first) && isWhole(count));
            for (let number = first; number < first + count && row < data.length; number++) {
                const kind = kindBytes === 0 ? 1 : big(data, row, kindBytes);
                const middle = big(data, row + kindBytes, middleBytes);
                const last = big(data, row + kindBytes + middleBytes, lastBytes);
                row += Math.max(1, kindBytes + middleBytes + lastBytes);
                if (kind === 1) this.place(number, { at: this.start + middle, generation: last });
                else this.place(number, kind === 2 ? { holder: middle, index: last } : null);
            }
        }
        return stream.entries;
    }

    /** Remember where an object stands, unless a newer table told it. */
    private place(number: number, place: Place | null): void {
        demand(number <= MAX_NUMBER);
        if (!this.places.has(number)) this.places.set(number, place);
    }

    /** Look for the objects themselves, from the beginning to the end. */
    private rebuild(): void {
        this.rebuilt = true;
        this.places = new Map();
        this.trailer = new Map([...this.trailer].filter(([key]) => key === "Encrypt"));
        const header = /(?<![^\0\t\n\f\r ()<>[\]{}/%])([0-9]{1,10})[\0\t\n\f\r ]+([0-9]{1,5})[\0\t\n\f\r ]+obj|trailer(?=[\0\t\n\f\r ]*<<)/g;
        for (let found = header.exec(this.text); found !== null; found = header.exec(this.text)) {
            this.reading.work(1);
            if (found[1] === undefined) this.findTrailer(header.lastIndex);
            else header.lastIndex = this.findObject(Number(found[1]), Number(found[2]), found.index, header.lastIndex);
        }
        this.known.clear();
        this.holders.clear();
        if (!this.trailer.has("Root")) this.findCatalog();
    }

    /** Remember an object, and those inside it; return where to look on. */
    private findObject(number: number, generation: number, at: number, end: number): number {
        if (number > MAX_NUMBER) return end;
        this.places.set(number, { at, generation });
        try {
            const value = this.object(end);
            if (!(value instanceof Stream)) return end;
            const kind = this.name(value.entries.get("Type"));
            if (kind === "XRef") this.adopt(value.entries);
            if (kind === "ObjStm") {
                this.holders.delete(number);
                this.known.delete(new Ref(number, generation).key);
                this.holder(number).places.forEach(([inside], index) => this.places.set(inside, { holder: number, index }));
            }
            return value.raw.byteOffset - this.data.byteOffset + value.raw.length;
        } catch (error) {
            this.forgive(error);
            return end;
        }
    }

    /** Go on behind something broken, which must not happen too often. */
    private forgive(error: unknown): void {
        if (!(error instanceof UnreadableFileError && error.code === "pdf-malformed")) throw error;
        this.reading.work(WORDS_FOR_BROKEN);
    }

    private findTrailer(at: number): void {
        try {
            const { value } = parse(this.text, at, this.reading);
            if (value instanceof Map) this.adopt(value);
        } catch (error) {
            this.forgive(error);
        }
    }

    /** Take a later trailer's words, if it knows the catalog. */
    private adopt(entries: Entries): void {
        if (entries.has("Root")) this.trailer = new Map([...this.trailer, ...entries]);
        else if (entries.has("Encrypt")) this.trailer.set("Encrypt", entries.get("Encrypt") ?? null);
    }

    private findCatalog(): void {
        for (const [number, place] of this.places) {
            const ref = new Ref(number, place !== null && "at" in place ? place.generation : 0);
            if (this.name(this.entries(ref).get("Type")) === "Catalog") this.trailer.set("Root", ref);
        }
    }
}

/** One character for each byte. */
export function textOf(bytes: Uint8Array): string {
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
    return parts.join("");
}

/** One byte for each character. */
export function bytesOf(text: string): Uint8Array {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
}

/** A match of a sticky pattern at *at*, empty for none, and where it ends. */
function match(pattern: RegExp, text: string, at: number): [found: readonly string[], end: number] {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    return [found ?? [], pattern.lastIndex];
}

function big(data: Uint8Array, at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (data[at + i] ?? 0);
    return value;
}
