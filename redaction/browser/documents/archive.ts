/** The twin of `files/documents/archive.py`, which says what is refused and how ZIPs are written. */

import { deflateSync, Inflate } from "fflate";

import { LIMITS } from "../policy.ts";
import { type Demand, demanding, join, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("archive-malformed");

const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
const END_MAGIC = 0x06054b50;
const CENTRAL_MAGIC = 0x02014b50;
const LOCAL_MAGIC = 0x04034b50;
const MAX_COMMENT = 65_535;
const SATURATED = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const AES = 99;
const ENCRYPTED = 0x2041;
const SIZES_FOLLOW = 0x0008;
const UTF8 = 0x0800;
const MIDNIGHT_1980 = 0x00210000;
const UNIX = 3;
const FILE_TYPES = 0o170000;
const SYMBOLIC_LINK = 0o120000;
const SPARE = 1 << 20;
const PIECE = 1 << 16;

interface Entry {
    readonly name: string;
    readonly method: number;
    readonly crc: number;
    readonly packed: number;
    readonly size: number;
    readonly at: number;
    readonly rawName: Uint8Array;
}

/** A ZIP file whose structure was checked; `read` unpacks one member. */
export class Archive {
    /** The categories of what the archive tells beside its members. */
    readonly seen = new Set<string>();
    private readonly data: Uint8Array;
    private readonly view: DataView;
    private readonly entries = new Map<string, Entry>();
    private readonly starts = new Map<string, number>();

    /** Raise `UnreadableFileError`: `archive-malformed`, `-encrypted`, `-bomb`, `-unsupported`. */
    constructor(untrusted: Uint8Array) {
        this.data = untrusted;
        this.view = new DataView(untrusted.buffer, untrusted.byteOffset, untrusted.byteLength);
        const [entries, end] = this.directory();
        this.limit(entries);
        this.tile(entries, end);
    }

    /** In the order of the directory, with "/" between folders and without the folders themselves. */
    get names(): string[] {
        return [...this.entries.keys()];
    }

    has(name: string): boolean {
        return this.entries.has(name);
    }

    /** The unpacked size of a member in bytes, as the directory gives it. */
    size(name: string): number {
        return this.entry(name).size;
    }

    /** Unpack a member; raise `UnreadableFileError` unless size and checksum hold. */
    read(name: string): Uint8Array {
        const entry = this.entry(name);
        const start = this.starts.get(name) ?? 0;
        const packed = this.data.subarray(start, start + entry.packed);
        const data = entry.method === STORED ? packed : inflate(packed, entry.size);
        demand(data.length === entry.size && crc32(data) === entry.crc);
        return data;
    }

    private entry(name: string): Entry {
        const entry = this.entries.get(name);
        if (entry === undefined) throw new RangeError("no such member");
        return entry;
    }

    /** What the central directory lists, and where it begins. */
    private directory(): [Entry[], number] {
        const at = this.end();
        const [disk, firstDisk, here, count] = [this.u16(at + 4), this.u16(at + 6), this.u16(at + 8), this.u16(at + 10)];
        const [size, start, comment] = [this.u32(at + 12), this.u32(at + 16), this.u16(at + 20)];
        if (here === 0xffff || count === 0xffff || size === SATURATED || start === SATURATED) {
            throw new UnreadableFileError("archive-unsupported");
        }
        demand(disk === 0 && firstDisk === 0 && here === count && start + size <= at);
        if (count > LIMITS.zip_entries) throw new UnreadableFileError("archive-bomb");
        this.note("comment", comment > 0);
        this.note("trailer", at + END_SIZE + comment < this.data.length);
        this.note("unknown", start + size < at);
        const entries: Entry[] = [];
        let position = start;
        for (let i = 0; i < count; i++) {
            const [entry, after] = this.central(position, start + size);
            entries.push(entry);
            position = after;
        }
        demand(position === start + size);
        return [entries, start];
    }

    /** Where the end record begins: the last one whose comment fits. */
    private end(): number {
        const last = this.data.length - END_SIZE;
        for (let at = last; at >= 0 && at >= last - MAX_COMMENT; at--) {
            if (this.u32(at) === END_MAGIC && at + END_SIZE + this.u16(at + 20) <= this.data.length) return at;
        }
        throw new UnreadableFileError("archive-malformed");
    }

    /** Read one entry of the directory; return it and where the next one begins. */
    private central(at: number, end: number): [Entry, number] {
        demand(at + CENTRAL_SIZE <= end && this.u32(at) === CENTRAL_MAGIC && this.u16(at + 34) === 0);
        const [flags, method] = [this.u16(at + 8), this.u16(at + 10)];
        const [crc, packed, size, local] = [this.u32(at + 16), this.u32(at + 20), this.u32(at + 24), this.u32(at + 42)];
        const [nameSize, extra, comment] = [this.u16(at + 28), this.u16(at + 30), this.u16(at + 32)];
        const after = at + CENTRAL_SIZE + nameSize + extra + comment;
        demand(after <= end);
        if ((flags & ENCRYPTED) !== 0 || method === AES) throw new UnreadableFileError("archive-encrypted");
        if ((method !== STORED && method !== DEFLATED) || packed === SATURATED || size === SATURATED || local === SATURATED) {
            throw new UnreadableFileError("archive-unsupported");
        }
        this.note("comment", comment > 0);
        this.note("time", ![0, MIDNIGHT_1980].includes(this.u32(at + 12)));
        this.note("identifier", extra > 0);
        const rawName = this.data.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameSize);
        const entry = { name: nameOf(rawName), method, crc, packed, size, at: local, rawName };
        this.list(entry, this.u16(at + 4) >> 8, this.u16(at + 40));
        return [entry, after];
    }

    /** Make a file known under its name; folders and links are passed over. */
    private list(entry: Entry, system: number, mode: number): void {
        demand(!this.entries.has(entry.name));
        if (entry.name.endsWith("/")) demand(entry.size === 0);
        else if (system === UNIX && (mode & FILE_TYPES) === SYMBOLIC_LINK) this.note("file-name", true);
        else this.entries.set(entry.name, entry);
    }

    private limit(entries: readonly Entry[]): void {
        const total = entries.reduce((sum, { size }) => sum + size, 0);
        if (total > Math.min(SPARE + LIMITS.zip_ratio * this.data.length, LIMITS.zip_bytes)) {
            throw new UnreadableFileError("archive-bomb");
        }
    }

    /** Demand that the members lie side by side in front of the directory. */
    private tile(entries: readonly Entry[], end: number): void {
        let position = 0;
        for (const entry of [...entries].sort((one, other) => one.at - other.at)) {
            this.note("unknown", entry.at > position);
            demand(entry.at >= position && entry.at + LOCAL_SIZE <= end);
            const [start, flags] = this.local(entry);
            position = start + entry.packed;
            demand(position <= end);
            if ((flags & SIZES_FOLLOW) !== 0) position = this.afterSizes(entry, position);
            if (this.entries.get(entry.name) === entry) this.starts.set(entry.name, start);
        }
        this.note("unknown", position < end);
    }

    /** Compare the local header with the directory; return where the data begin, and flags. */
    private local(entry: Entry): [number, number] {
        const { at, rawName } = entry;
        const flags = this.u16(at + 6);
        demand(this.u32(at) === LOCAL_MAGIC && this.u16(at + 8) === entry.method && (flags & ENCRYPTED) === 0);
        const start = at + LOCAL_SIZE + this.u16(at + 26);
        demand(equal(this.data.subarray(at + LOCAL_SIZE, start), rawName));
        const pairs = [[this.u32(at + 14), entry.crc], [this.u32(at + 18), entry.packed], [this.u32(at + 22), entry.size]];
        for (const [here, there] of pairs) {
            demand(here === there || here === SATURATED || (here === 0 && (flags & SIZES_FOLLOW) !== 0));
        }
        this.note("identifier", this.u16(at + 28) > 0);
        return [start + this.u16(at + 28), flags];
    }

    /** Step over the sizes that a streaming program writes behind the data. */
    private afterSizes({ crc, packed, size }: Entry, at: number): number {
        const behind = this.bytesAt(at, [0x08074b50]) ? at + 4 : at;
        for (const sizes of [[crc, packed, size], [crc, packed, 0, size, 0]]) {
            if (this.bytesAt(behind, sizes)) return behind + 4 * sizes.length;
        }
        return at;
    }

    private bytesAt(at: number, numbers: readonly number[]): boolean {
        return at + 4 * numbers.length <= this.data.length && numbers.every((value, i) => this.u32(at + 4 * i) === value);
    }

    private u16(at: number): number {
        return this.view.getUint16(at, true);
    }

    private u32(at: number): number {
        return this.view.getUint32(at, true);
    }

    private note(category: string, seen: boolean): void {
        if (seen) this.seen.add(category);
    }
}

/** A ZIP of *members* in their order; those named in *stored* are not deflated. */
export function writeArchive(
    members: Iterable<readonly [name: string, data: Uint8Array]>,
    stored: ReadonlySet<string> = new Set(),
): Uint8Array {
    const [files, directory]: [Uint8Array[], Uint8Array[]] = [[], []];
    let at = 0;
    for (const [name, data] of members) {
        const rawName = new TextEncoder().encode(name);
        const deflated = stored.has(name) ? data : deflateSync(data, { level: 6 });
        const [method, packed] = deflated.length < data.length ? [DEFLATED, deflated] : [STORED, data];
        const flags = rawName.length === name.length ? 0 : UTF8;
        const common = [[2, flags], [2, method], [4, MIDNIGHT_1980], [4, crc32(data)], [4, packed.length], [4, data.length]] as const;
        const header = record([4, LOCAL_MAGIC], [2, 20], ...common, [2, rawName.length], [2, 0]);
        const listed = record([4, CENTRAL_MAGIC], [2, 20], [2, 20], ...common, [2, rawName.length], [4, 0], [4, 0], [4, 0], [4, at]);
        files.push(header, rawName, packed);
        directory.push(listed, rawName);
        at += header.length + rawName.length + packed.length;
    }
    const count = directory.length / 2;
    const size = directory.reduce((sum, piece) => sum + piece.length, 0);
    const end = record([4, END_MAGIC], [4, 0], [2, count], [2, count], [4, size], [4, at], [2, 0]);
    return join([...files, ...directory, end]);
}

/** Numbers in little-endian order, each with its width in bytes. */
function record(...numbers: readonly (readonly [width: number, value: number])[]): Uint8Array {
    const bytes = numbers.flatMap(([width, value]) => Array.from({ length: width }, (_, i) => (value >>> (8 * i)) & 255));
    return Uint8Array.from(bytes);
}

function nameOf(raw: Uint8Array): string {
    const name = decode(raw).replaceAll("\\", "/");
    const parts = name.replace(/\/$/, "").split("/");
    demand(parts.every((part) => !["", ".", ".."].includes(part)) && !name.includes("\0"));
    return name;
}

function decode(raw: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
    } catch {
        return Array.from(raw, (byte) => String.fromCharCode(byte)).join("");
    }
}

/** In pieces, because a member may lie about its size. */
function inflate(packed: Uint8Array, size: number): Uint8Array {
    const data = new Uint8Array(size);
    let received = 0;
    const reader = new Inflate((piece) => {
        demand(received + piece.length <= size);
        data.set(piece, received);
        received += piece.length;
    });
    try {
        for (let at = 0; at < packed.length || at === 0; at += PIECE) {
            const last = at + PIECE >= packed.length;
            demand(last || received < size);
            reader.push(packed.subarray(at, at + PIECE), last);
        }
    } catch {
        throw new UnreadableFileError("archive-malformed");
    }
    demand(received === size);
    return data;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    return crc;
});

export function crc32(bytes: Uint8Array): number {
    let crc = -1;
    for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
    return ~crc >>> 0;
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
    return one.length === other.length && one.every((byte, i) => other[i] === byte);
}
