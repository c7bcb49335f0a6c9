/** The twin of `files/media/verify_isobmff.py`: a cleaned MP4, MOV, HEIC or AVIF, read a second time. */

import { TABLES } from "./isobmff-boxes.ts";
import { all, type Node, Reader } from "./verify-boxes.ts";
import { isClean } from "./verify-coded.ts";
import { type Entry, type Part, readEntries } from "./verify-entries.ts";
import { readItems } from "./verify-heif.ts";

const LANGUAGES = [0x55c4, 0x7fff];
const TFHD = [[1, 8], [2, 4], [8, 4], [16, 4], [32, 4]] as const;
const TRUN = [0x100, 0x200, 0x400, 0x800];

interface Track {
    readonly entries: readonly Entry[];
    readonly scale: number;
    description: number;
    size: number;
}

/** Raise `UnreadableFileError` at the first thing that has no right to be there. */
export function verifyIsobmff(clean: Uint8Array, code: string): void {
    const reader: Reader = new Reader(clean, code);
    const children = reader.tree("file", 0, clean.length);
    const root: Node = { kind: "file", start: 0, body: 0, end: clean.length, children };
    const isStill = code === "heif";
    const brands = isStill ? TABLES.brands.still : TABLES.brands.video;
    for (const node of [...all(root, "ftyp"), ...all(root, "styp")]) checkBrands(reader, node, brands);
    const tracks = new Map<number, Track>();
    const parts: Part[] = [];
    const handlers = isStill ? ["pict", "auxv"] : ["vide", "soun"];
    for (const trak of all(root, "moov", "trak")) parts.push(...trackParts(reader, trak, handlers, tracks));
    for (const { body } of all(root, "moov", "mvex", "trex")) {
        const track = tracks.get(reader.number(body + 4));
        reader.demand(track !== undefined);
        track.description = reader.number(body + 8);
        track.size = reader.number(body + 16);
    }
    for (const moof of all(root, "moof")) parts.push(...fragmentParts(reader, moof, tracks));
    const seconds = all(root, "moof", "traf").map((traf) => secondOf(reader, traf, tracks));
    reader.demand(seconds.length === 0 || seconds.includes(0));
    const metas = all(root, "meta");
    reader.demand(metas.length === (isStill ? 1 : 0) && metas.length + tracks.size > 0);
    for (const meta of metas) parts.push(...readItems(reader, meta));
    checkData(reader, [...all(root, "mdat"), ...all(root, "meta", "idat")], parts);
}

function checkBrands(reader: Reader, node: Node, known: readonly string[]): void {
    reader.demand((node.end - node.body) % 4 === 0 && node.end - node.body >= 8);
    reader.zeros(node.body + 4, node.body + 8);
    for (let at = node.body; at < node.end; at += 4) {
        reader.demand(at === node.body + 4 || known.includes(reader.word(at)));
    }
}

/** Judge what the layouts leave open; yield where the samples lie. */
function* trackParts(
    reader: Reader,
    trak: Node,
    handlers: readonly string[],
    tracks: Map<number, Track>,
): Generator<Part> {
    const header = reader.one(all(trak, "tkhd"));
    const media = reader.one(all(trak, "mdia", "mdhd"));
    const handler = reader.one(all(trak, "mdia", "hdlr"));
    reader.handler(handler, handlers);
    for (const node of all(trak, "mdia", "minf", "hdlr")) reader.component(node);
    const language = media.body + (reader.number(media.body, 1) > 0 ? 32 : 20);
    reader.demand(LANGUAGES.includes(reader.number(language, 2)));
    for (const node of all(trak, "mdia", "minf", "dinf", "dref")) reader.selfContained(node);
    const table = reader.one(all(trak, "mdia", "minf", "stbl"));
    const entries = readEntries(reader, reader.one(all(table, "stsd")), reader.word(handler.body + 8));
    const identity = reader.number(header.body + (reader.number(header.body, 1) > 0 ? 20 : 12));
    reader.demand(!tracks.has(identity));
    const scale = reader.number(language - (reader.number(media.body, 1) > 0 ? 12 : 8));
    tracks.set(identity, { entries, scale, description: 0, size: 0 });
    yield* chunkParts(reader, table, entries);
}

/** Each chunk of a track. */
function* chunkParts(reader: Reader, table: Node, entries: readonly Entry[]): Generator<Part> {
    const sizes = reader.one([...all(table, "stsz"), ...all(table, "stz2")]);
    const total = reader.number(sizes.body + 8);
    const uniform = sizes.kind === "stsz" ? reader.number(sizes.body + 4) : 0;
    const width = sizes.kind === "stsz" ? 4 : reader.number(sizes.body + 7, 1) / 8;
    const tail = sizes.body + 12 + (uniform > 0 ? 0 : total * width);
    reader.demand(tail <= sizes.end);
    reader.zeros(tail, sizes.end);
    const places = reader.one([...all(table, "stco"), ...all(table, "co64")]);
    const wide = places.kind === "stco" ? 4 : 8;
    const fillings = fillingsOf(reader, reader.one(all(table, "stsc")));
    let done = 0;
    for (let i = 0; i < reader.number(places.body + 4); i++) {
        const filling = fillings.next();
        if (filling.done === true) return;
        const [most, description] = filling.value;
        const entry = entries[description - 1];
        reader.demand(entry !== undefined);
        const count = Math.min(most, total - done);
        const first = sizes.body + 12 + done * width;
        const size = (index: number): number => (uniform > 0 ? uniform : reader.number(first + index * width, width));
        const [samples, bytes] = entry.packet;
        let length = uniform * count;
        if (uniform === 0) for (let k = 0; k < count; k++) length += size(k);
        else if (uniform === 1 && samples > 0) length = Math.floor((count + samples - 1) / samples) * bytes;
        const start = reader.number(places.body + 8 + wide * i, wide);
        yield { start, end: start + length, config: entry.config, count, size };
        done += count;
    }
}

/** For each chunk how many samples are in it, and which description they have. */
function* fillingsOf(reader: Reader, node: Node): Generator<[count: number, description: number]> {
    const rows = reader.number(node.body + 4);
    for (let row = 0; row < rows; row++) {
        const at = node.body + 8 + 12 * row;
        const after = row + 1 < rows ? reader.number(at + 12) : Infinity;
        for (let chunk = reader.number(at); chunk < after; chunk++) yield [reader.number(at + 4), reader.number(at + 8)];
    }
}

/** The samples of one `moof`. */
function* fragmentParts(reader: Reader, moof: Node, tracks: ReadonlyMap<number, Track>): Generator<Part> {
    let end = moof.start;
    for (const traf of all(moof, "traf")) {
        const header = reader.one(all(traf, "tfhd"));
        const flags = reader.number(header.body);
        const track = tracks.get(reader.number(header.body + 4));
        reader.demand(track !== undefined);
        const values = new Map<number, number>();
        let at = header.body + 8;
        for (const [flag, size] of TFHD) {
            if ((flags & flag) === 0) continue;
            values.set(flag, reader.number(at, size));
            at += size;
        }
        reader.zeros(at, header.end);
        const base = values.get(1) ?? ((flags & 0x20000) > 0 ? moof.start : end);
        end = base;
        const entry = track.entries[(values.get(2) ?? track.description) - 1];
        reader.demand(entry !== undefined);
        for (const trun of all(traf, "trun")) {
            const part = runPart(reader, trun, base, end, values.get(16) ?? track.size, entry);
            end = part.end;
            yield part;
        }
    }
}

/** In which second a fragment begins, 0 if it does not say so. */
function secondOf(reader: Reader, traf: Node, tracks: ReadonlyMap<number, Track>): number {
    const { body } = reader.one(all(traf, "tfhd"));
    const scale = Math.max(tracks.get(reader.number(body + 4))?.scale ?? 1, 1);
    const times = all(traf, "tfdt").map((one) => reader.number(one.body + 4, reader.number(one.body, 1) > 0 ? 8 : 4));
    return times.length === 0 ? 0 : Math.floor(Math.min(...times) / scale);
}

function runPart(reader: Reader, trun: Node, base: number, implied: number, all: number, entry: Entry): Part {
    const [flags, count] = [reader.number(trun.body), reader.number(trun.body + 4)];
    let [at, start] = [trun.body + 8, implied];
    if (flags & 1) {
        start = base + (reader.number(at) | 0);
        at += 4;
    }
    at += flags & 4;
    const fields = TRUN.filter((bit) => flags & bit);
    const width = 4 * fields.length;
    reader.demand(at + count * width <= trun.end);
    reader.zeros(at + count * width, trun.end);
    const column = fields.indexOf(0x200);
    const size = (index: number): number => (column < 0 ? all : reader.number(at + index * width + 4 * column));
    let length = column < 0 ? all * count : 0;
    if (column >= 0) for (let i = 0; i < count; i++) length += size(i);
    return { start, end: start + length, config: entry.config, count: length > 0 ? count : 0, size };
}

/** Judge the samples, and demand zeros where there are none. */
function checkData(reader: Reader, unsorted: readonly Node[], parts: readonly Part[]): void {
    const needed = parts.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
    let last = 0;
    for (const space of [...unsorted].sort((a, b) => a.body - b.body)) {
        let at = space.body;
        for (let part = needed[last]; part !== undefined && part.start < space.end; part = needed[++last]) {
            reader.demand(space.body <= part.start && part.end <= space.end);
            reader.zeros(at, part.start);
            at = Math.max(at, part.end);
        }
        reader.zeros(at, space.end);
    }
    reader.demand(last === needed.length);
    for (const { start, config, count, size } of needed) {
        let at = start;
        for (let i = 0; i < count && config.name !== ""; i++) {
            const sample = reader.data.subarray(at, at + size(i));
            reader.demand(isClean(config.name, sample, config.lengthSize, config.dolby));
            at += sample.length;
        }
    }
}
