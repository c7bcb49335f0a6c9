/** The twin of `files/media/verify_matroska.py`: a cleaned Matroska or WebM file, read a second time. */

import { CHILDREN, TABLES } from "./matroska-elements.ts";
import { isClean, isFull } from "./verify-coded.ts";
import { av1c, avcc, type Config, configOf, hvcc, isFlac, type Reads, soundConfig } from "./verify-config.ts";
import { littleBytes } from "../bytes.ts";
import { asLatin1, latin1, startsWith } from "../policy.ts";
import { type Demand, demanding, join, number } from "../walker.ts";

const demand: Demand = demanding("video-malformed");

const VOID = 0xec;
const HEADER = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const ENTRY = 0xae;
const CODECS: Readonly<Record<string, string>> = TABLES.codecs;
const FOURCCS: Readonly<Record<string, string>> = TABLES.fourccs;
const PRIVATE_BYTES: Readonly<Record<string, number>> = { V_VP9: 12, V_FFV1: 4096, A_ALAC: 48 };
/** Values that are no numbers, and how long they may be. */
const LONG_VALUES: Readonly<Record<number, number>> = { 0x4255: 16, 0x63a2: Infinity, 0x86: 64 };

interface Element {
    readonly parent: number;
    readonly identity: number;
    readonly body: number;
    readonly end: number;
    readonly isSized: boolean;
}

interface Track {
    readonly config: Config;
    readonly hasAlpha: boolean;
}

/** Raise `UnreadableFileError` at the first thing that has no right to be there. */
export function verifyMatroska(clean: Uint8Array): void {
    new Reader(clean).read();
}

class Reader {
    private readonly tracks = new Map<number, Track>();
    private readonly data: Uint8Array;

    constructor(data: Uint8Array) {
        this.data = data;
    }

    read(): void {
        for (const element of this.elements(0, 0, this.data.length, TRACKS)) {
            if (element.identity !== ENTRY) continue;
            const [track, described] = this.track(element);
            demand(!this.tracks.has(track));
            this.tracks.set(track, described);
        }
        demand(this.tracks.size > 0);
        for (const element of this.elements(0, 0, this.data.length)) this.judge(element);
    }

    /** All elements, parents first; of a segment's children those called *only*. */
    private *elements(parent: number, start: number, end: number, only = 0): Generator<Element> {
        let at = start;
        while (at < end) {
            let element = this.element(parent, at, end);
            if (!element.isSized && element.identity === CLUSTER) {
                element = { ...element, end: this.clusterEnd(element) };
            }
            const { identity } = element;
            const isRoot = parent === 0 && (identity === HEADER || identity === SEGMENT);
            demand(isRoot || identity === VOID || CHILDREN.get(parent)?.has(identity) === true);
            at = element.end;
            if (only > 0 && parent === SEGMENT && identity !== only) continue;
            yield element;
            if (CHILDREN.has(identity)) yield* this.elements(identity, element.body, element.end, only);
        }
        demand(at === end);
    }

    private element(parent: number, start: number, end: number): Element {
        const name = this.width(start);
        const size = this.width(start + name);
        const body = start + name + size;
        demand(name <= 4 && body <= end);
        const identity = number(this.data, start, name);
        const coded = this.data.subarray(start + name, body);
        const first = (coded[0] ?? 0) - 2 ** (8 - size);
        if (first === 2 ** (8 - size) - 1 && isFull(coded.subarray(1), 0xff)) {
            demand(identity === SEGMENT || identity === CLUSTER);
            return { parent, identity, body, end, isSized: false };
        }
        const length = first * 256 ** (size - 1) + number(coded, 1, size - 1);
        demand(body + length <= end);
        return { parent, identity, body, end: body + length, isSized: true };
    }

    /** How many bytes a number has. */
    private width(at: number): number {
        return widthOf(this.data[at]);
    }

    private clusterEnd(cluster: Element): number {
        let at = cluster.body;
        while (at < cluster.end) {
            const child = this.element(CLUSTER, at, cluster.end);
            if (CHILDREN.get(SEGMENT)?.has(child.identity) === true) break;
            at = child.end;
        }
        return at;
    }

    /** Demand of a value what its kind allows. */
    private judge({ identity, body, end }: Element): void {
        const value = this.data.subarray(body, end);
        switch (identity) {
            case 0xa3:
            case 0xa1:
                this.block(body, end);
                break;
            case VOID:
            case 0x4d80:
            case 0x5741:
                demand(isFull(value));
                break;
            case 0x22b59c:
                demand(startsWith(latin1("und"), value.subarray(0, 3)) && isFull(value.subarray(3)));
                break;
            case 0x4282:
                demand(/^(?:matroska|webm)\0*$/.test(asLatin1(value.subarray(0, 64))) && isFull(value.subarray(64)));
                break;
            case 0x53ab:
                demand(CHILDREN.get(SEGMENT)?.has(number(value, 0, value.length)) === true);
                break;
            case 0xf7:
                demand(this.tracks.has(number(value, 0, value.length)));
                break;
            case 0xa5:
                demand([...this.tracks.values()].some(({ hasAlpha }) => hasAlpha));
                break;
            case 0xee:
                demand(number(value, 0, value.length) === 1);
                break;
            default:
                demand(CHILDREN.has(identity) || value.length <= (LONG_VALUES[identity] ?? 8));
        }
    }

    /** Number and coding of a track, whose description is judged. */
    private track(entry: Element): [track: number, described: Track] {
        const values = new Map<number, Uint8Array>();
        for (const { identity, body, end } of this.elements(ENTRY, entry.body, entry.end)) {
            if (!CHILDREN.has(identity)) values.set(identity, this.data.subarray(body, end));
        }
        const value = (identity: number): number | undefined => {
            const bytes = values.get(identity);
            return bytes === undefined ? undefined : number(bytes, 0, bytes.length);
        };
        const track = value(0xd7) ?? 0;
        const codec = asLatin1(values.get(0x86) ?? new Uint8Array()).replace(/\0+$/, "");
        const kind = value(0x83);
        demand((kind === 1 || kind === 2) && Object.hasOwn(CODECS, codec));
        demand((value(0x73c5) ?? track) === track);
        const secret = values.get(0x63a2);
        const config = secret === undefined ? configOf(CODECS[codec]) : privateConfig(codec, secret);
        demand(config !== undefined && (config.name === "" || !values.has(0x4254)));
        return [track, { config, hasAlpha: value(0x53c0) === 1 }];
    }

    /** Demand a track that stays, and frames that are clean. */
    private block(body: number, end: number): void {
        const width = this.width(body);
        const at = body + width + 3;
        demand(at <= end);
        const track = this.tracks.get(number(this.data, body, width) - 2 ** (7 * width));
        demand(track !== undefined);
        const { name, lengthSize } = track.config;
        if (name === "") return;
        const block = this.data.subarray(at, end);
        const sizes = laced(block, ((this.data[at - 1] ?? 0) >> 1) & 3);
        let next = block.length - total(sizes);
        for (const size of sizes) {
            const frame = block.subarray(next, next + size);
            demand(frame.length === size && isClean(name, frame, lengthSize));
            next += size;
        }
    }
}

function widthOf(byte = 0): number {
    demand(byte > 0);
    return Math.clz32(byte) - 23;
}

function total(sizes: readonly number[]): number {
    return sizes.reduce((sum, size) => sum + size, 0);
}

/** The sizes of the frames in a block: 0 one frame, 1 Xiph, 2 equal, 3 EBML. */
function laced(block: Uint8Array, lacing: number): number[] {
    if (lacing === 0) return [block.length];
    const count = block[0] ?? 0;
    if (lacing === 2) return new Array<number>(count + 1).fill((block.length - 1) / (count + 1));
    const sizes: number[] = [];
    let at = 1;
    for (let i = 0; i < count; i++) {
        let size = 0;
        if (lacing === 1) {
            for (; block[at] === 255; at++) size += 255;
            size += block[at++] ?? 0;
        } else {
            const width = widthOf(block[at]);
            const before = sizes[sizes.length - 1];
            size = number(block, at, width) - 2 ** (7 * width);
            if (before !== undefined) size += before - 2 ** (7 * width - 1) + 1;
            at += width;
        }
        sizes.push(size);
    }
    return [...sizes, block.length - at - total(sizes)];
}

/** What a CodecPrivate says, nothing if it holds what may not stay. */
function privateConfig(codec: string, data: Uint8Array): Config | undefined {
    const name = CODECS[codec] ?? "";
    const reads = READERS[codec];
    if (reads !== undefined) return reads(data);
    if (name === "aac") return soundConfig(data);
    if (name === "mpeg") return isClean(name, data) ? configOf(name) : undefined;
    return data.length <= (PRIVATE_BYTES[codec] ?? 0) ? configOf(name) : undefined;
}

const bitmap: Reads = (data) => {
    const fourcc = asLatin1(data.subarray(16, 20));
    const name = Object.hasOwn(FOURCCS, fourcc) ? FOURCCS[fourcc] : undefined;
    const more = data.subarray(40);
    if (name === undefined || data.length < 40 || !isFull(data.subarray(24, 40))) return undefined;
    const good = name === "mpeg" ? isClean(name, more) : fourcc === "FFV1" || isFull(more);
    return good ? configOf(name) : undefined;
};

const flac: Reads = (data) =>
    startsWith(data, latin1("fLaC")) && isFlac(data.subarray(4)) ? configOf() : undefined;

const opus: Reads = (data) => {
    const size = (data[18] ?? 0) > 0 ? 21 + (data[9] ?? 0) : 19;
    return data.length >= size && isFull(data.subarray(size)) ? configOf() : undefined;
};

/** The second header is a name without letters and no comments. */
function comments(name: string, framing: Uint8Array): Reads {
    return (data) => {
        const sizes = laced(data, 1);
        const [first = 0, second = 0] = sizes;
        const at = data.length - total(sizes) + first;
        const space = second - name.length - 8 - framing.length;
        if (data[0] !== 2 || space < 0) return undefined;
        const beginning = join([latin1(name), littleBytes(space, 4)]);
        const header = data.subarray(at, at + second);
        const isEmpty = isFull(header.subarray(beginning.length, header.length - framing.length));
        const isFramed = startsWith(header, framing, second - framing.length);
        return startsWith(header, beginning) && isEmpty && isFramed ? configOf() : undefined;
    };
}

const READERS: Readonly<Record<string, Reads>> = {
    "V_MPEG4/ISO/AVC": avcc,
    "V_MPEGH/ISO/HEVC": hvcc,
    V_AV1: av1c,
    "V_MS/VFW/FOURCC": bitmap,
    V_THEORA: comments("\x81theora", new Uint8Array()),
    A_VORBIS: comments("\x03vorbis", Uint8Array.of(1)),
    A_OPUS: opus,
    A_FLAC: flac,
};
