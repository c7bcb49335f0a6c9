/** The twin of `files/documents/pdf/coded.py`: coded pictures, without what they carry besides the picture. */

import { bigBytes } from "../../bytes.ts";
import { JpegCleaner } from "../../images/jpeg.ts";
import { asLatin1, latin1, startsWith } from "../../policy.ts";
import { type Cleaned, isUnreadable, join, number, UnreadableFileError } from "../../walker.ts";
import { neutral } from "./icc.ts";

const SOI_WITHIN = 64;
const EOI = Uint8Array.of(0xff, 0xd9);
const JP2_START = latin1("\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 ");
const HEADER_BOXES = ["ihdr", "bpcc", "colr", "pclr", "cmap", "cdef"];
const [SRGB, GREY] = [16, 17];
const CHANNELS: Readonly<Record<string, number>> = { GRAY: 1, "RGB ": 3 };
const CODESTREAM = Uint8Array.of(0xff, 0x4f, 0xff, 0x51);
const [COMMENT, TILE, TILE_DATA] = [0xff64, 0xff90, 0xff93];
/** Capabilities and sizes, coding styles, quantisation, orders, lengths, packed headers. */
const MARKERS = [0xff50, 0xff51, 0xff52, 0xff53, 0xff55, 0xff57, 0xff58, 0xff59, 0xff5c, 0xff5d, 0xff5e, 0xff5f, 0xff60, 0xff61, 0xff63];
/** Symbols, text, patterns, halftones, generic and refinement regions, pages, ends, stripes, tables. */
const SEGMENTS = [0, 4, 6, 7, 16, 20, 22, 23, 36, 38, 39, 40, 42, 43, 48, 49, 50, 53];
const UNKNOWN_LENGTH = 0xffffffff;

export interface Picture {
    readonly data: Uint8Array;
    /** The categories of what went. */
    readonly removed: readonly string[];
}

/** A JPEG picture; an end that is missing is written. */
export function cleanJpeg(untrusted: Uint8Array): Picture {
    const start = untrusted.subarray(0, SOI_WITHIN).findIndex((byte, i) => byte === 0xff && untrusted[i + 1] === 0xd8 && i < SOI_WITHIN - 1);
    const picture = untrusted.subarray(Math.max(0, start));
    try {
        return throughCleaner(picture);
    } catch (error) {
        if (!isUnreadable(error)) throw error;
        if (error.code !== "jpeg-truncated") throw broken();
    }
    try {
        return throughCleaner(join([picture, EOI]));
    } catch (error) {
        throw isUnreadable(error) ? broken() : error;
    }
}

function throughCleaner(untrusted: Uint8Array): Picture {
    const { bytes, removed }: Cleaned = new JpegCleaner(untrusted).clean();
    return { data: bytes, removed };
}

/** A JPEG 2000 picture, as a file or as bare codestream (ITU-T T.800, annexes A and I). */
export function cleanJpx(untrusted: Uint8Array): Picture {
    if (startsWith(untrusted, CODESTREAM)) {
        const data = codestream(untrusted);
        return { data, removed: same(data, untrusted) ? [] : ["comment"] };
    }
    let [header, coded]: (Uint8Array | undefined)[] = [];
    for (const [kind, body] of boxes(untrusted)) {
        if (kind === "jp2h" && !header?.length) header = join(Array.from(boxes(body), ([inner, data]) => headerBox(inner, data)));
        else if (kind === "jp2c" && coded === undefined) coded = codestream(body);
    }
    if (!header?.length || coded === undefined) throw broken();
    const data = join([JP2_START, box("jp2h", header), box("jp2c", coded)]);
    return { data, removed: same(data, untrusted) ? [] : ["unknown"] };
}

/** The boxes of a file or of a box up to the first broken one (§I.4). */
function* boxes(untrusted: Uint8Array): Generator<[kind: string, body: Uint8Array], undefined> {
    let at = 0;
    while (at + 8 <= untrusted.length) {
        let size = number(untrusted, at, 4);
        const head = size === 1 ? 16 : 8;
        if (size === 1) size = number(untrusted, at + 8, 4) * 2 ** 32 + number(untrusted, at + 12, 4);
        const end = size === 0 ? untrusted.length : at + size;
        if (end < at + head || end > untrusted.length) return;
        yield [asLatin1(untrusted.subarray(at + 4, at + 8)), untrusted.subarray(at + head, end)];
        at = end;
    }
}

function box(kind: string, body: Uint8Array): Uint8Array {
    return join([bigBytes(8 + body.length, 4), latin1(kind), body]);
}

function headerBox(kind: string, body: Uint8Array): Uint8Array {
    if (!HEADER_BOXES.includes(kind)) return new Uint8Array();
    return box(kind, kind === "colr" ? colour(body) : body);
}

/** A colour specification without the names in its profile (§I.5.3.3). */
function colour(body: Uint8Array): Uint8Array {
    if (body[0] !== 2) return body.subarray(0, 7);
    const profile = body.subarray(3);
    const channels = CHANNELS[asLatin1(profile.subarray(16, 20))] ?? 4;
    const ours = neutral(profile, channels);
    if (ours?.length) return join([body.subarray(0, 3), ours]);
    return Uint8Array.of(1, 0, 0, 0, 0, 0, channels === 1 ? GREY : SRGB);
}

/** A codestream without comments and without what follows it (§A.1 to §A.4). */
function codestream(untrusted: Uint8Array): Uint8Array {
    if (!startsWith(untrusted, CODESTREAM)) throw broken();
    const parts = [untrusted.subarray(0, 2)];
    let at = 2;
    for (let marker = short(untrusted, at); marker !== TILE; marker = short(untrusted, at)) {
        const end = at + 2 + short(untrusted, at + 2);
        if (MARKERS.includes(marker)) parts.push(untrusted.subarray(at, end));
        else if (marker !== COMMENT) throw broken();
        at = end;
    }
    while (short(untrusted, at) === TILE) {
        const size = number(untrusted, at + 6, 4);
        // The last one may reach to the end.
        const end = size === 0 ? Math.max(at, lastEnd(untrusted)) : at + size;
        if (end > untrusted.length || end < at + 14) throw broken();
        parts.push(...tile(untrusted.subarray(at, end)));
        at = end;
    }
    return join([...parts, EOI]);
}

function lastEnd(untrusted: Uint8Array): number {
    for (let at = untrusted.length - 2; at >= 0; at--) if (untrusted[at] === 0xff && untrusted[at + 1] === 0xd9) return at;
    return -1;
}

/** A tile's segments; comments keep their length, which the tile's head counts. */
function* tile(untrusted: Uint8Array): Generator<Uint8Array, undefined> {
    let at = 12;
    yield untrusted.subarray(0, at);
    for (let marker = short(untrusted, at); marker !== TILE_DATA; marker = short(untrusted, at)) {
        const end = at + 2 + short(untrusted, at + 2);
        if (marker === COMMENT) yield join([untrusted.subarray(at, at + 6), new Uint8Array(Math.max(0, end - at - 6))]);
        else if (MARKERS.includes(marker) && end > at + 3) yield untrusted.subarray(at, end);
        else throw broken();
        at = end;
    }
    yield untrusted.subarray(at);
}

function short(untrusted: Uint8Array, at: number): number {
    if (at + 2 > untrusted.length) throw broken();
    return number(untrusted, at, 2);
}

/** The segments that draw, of a JBIG2 stream as PDF embeds it (ITU-T T.88 §7.2, annex D.3). */
export function cleanJbig2(untrusted: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    let at = 0;
    while (at + 11 <= untrusted.length) {
        const [body, size] = segmentHead(untrusted, at);
        const end = size === UNKNOWN_LENGTH ? untrusted.length : body + size;
        if (Math.max(body, end) > untrusted.length) throw broken();
        if (SEGMENTS.includes((untrusted[at + 4] ?? 0) & 63)) parts.push(untrusted.subarray(at, end));
        at = end;
    }
    return join(parts);
}

/** Where a segment's data begin and how many they are. */
function segmentHead(untrusted: Uint8Array, at: number): [body: number, size: number] {
    const [segment, flags] = [number(untrusted, at, 4), untrusted[at + 4] ?? 0];
    let count = (untrusted[at + 5] ?? 0) >> 5;
    let body = at + 6;
    if (count === 7) {
        count = number(untrusted, at + 5, 4) % 2 ** 29;
        body = at + 9 + ((count + 8) >> 3);
    }
    body += count * (segment <= 256 ? 1 : segment <= 65_536 ? 2 : 4) + (flags & 64 ? 4 : 1);
    return [body + 4, number(untrusted, body, 4)];
}

function same(one: Uint8Array, other: Uint8Array): boolean {
    return one.length === other.length && startsWith(one, other);
}

function broken(): UnreadableFileError {
    return new UnreadableFileError("pdf-picture");
}
