/** Pages of Ogg: read, and written anew; the twin of `files/media/ogg_pages.py`. */

import { little, littleBytes } from "../bytes.ts";
import { demand } from "./sound.ts";
import { asLatin1, latin1 } from "../policy.ts";
import { join, number, UnreadableFileError } from "../walker.ts";

export const [CONTINUED, BEGIN, END] = [1, 2, 4] as const;
const HEADER = 27;
const MAGIC = latin1("OggS\0");

/** One page; `position` is the 8 bytes of time as they stand. */
export interface Page {
    readonly flags: number;
    readonly position: Uint8Array;
    readonly serial: number;
    readonly segments: Uint8Array;
    readonly body: Uint8Array;
}

/** The page at *at* and where it ends; raise `UnreadableFileError`. */
export function readPage(untrusted: Uint8Array, at: number): [page: Page, end: number] {
    const head = untrusted.subarray(at, at + HEADER);
    if (head.length < HEADER) throw new UnreadableFileError("sound-truncated");
    const flags = number(head, 5, 1);
    demand(asLatin1(head.subarray(0, 5)) === "OggS\0" && flags < 8);
    const start = at + HEADER + number(head, 26, 1);
    const segments = untrusted.subarray(at + HEADER, start);
    const end = start + segments.reduce((sum, size) => sum + size, 0);
    if (end > untrusted.length) throw new UnreadableFileError("sound-truncated");
    demand(checksum(untrusted.subarray(at, end)) === little(head, 22, 4));
    const body = untrusted.subarray(start, end);
    return [{ flags, position: head.subarray(6, 14), serial: little(head, 14, 4), segments, body }, end];
}

/** The page as number *sequence* of stream *serial*, with a true checksum. */
export function writePage(page: Page, serial: number, sequence: number): Uint8Array {
    const { flags, position, segments, body } = page;
    const head = [MAGIC, Uint8Array.of(flags), position, littleBytes(serial, 4), littleBytes(sequence, 4)];
    const written = join([...head, new Uint8Array(4), Uint8Array.of(segments.length), segments, body]);
    written.set(littleBytes(checksum(written), 4), 22);
    return written;
}

/** The page's pieces of packets, and whether each packet ends in it. */
export function packetsOf({ segments, body }: Page): [piece: Uint8Array, whole: boolean][] {
    const pieces: [Uint8Array, boolean][] = [];
    let [start, end] = [0, 0];
    for (const size of segments) {
        end += size;
        if (size === 255) continue;
        pieces.push([body.subarray(start, end), true]);
        start = end;
    }
    if (start < end) pieces.push([body.subarray(start), false]);
    return pieces;
}

/** The pages of a packet that stands alone, before any sound. */
export function paged(packet: Uint8Array, flags = 0): Page[] {
    const sizes = new Uint8Array(Math.floor(packet.length / 255) + 1).fill(255);
    sizes[sizes.length - 1] = packet.length % 255;
    const pages: Page[] = [];
    for (let at = 0; at < sizes.length; at += 255) {
        pages.push({
            flags: flags | (at > 0 ? CONTINUED : 0),
            // Where no packet ends, the time is "none".
            position: new Uint8Array(8).fill(at + 255 >= sizes.length ? 0 : 0xff),
            serial: 0,
            segments: sizes.subarray(at, at + 255),
            body: packet.subarray(255 * at, 255 * (at + 255)),
        });
    }
    return pages;
}

/** Polynomial 0x04c11db7 from zero over a page, its own four bytes counted as zero. */
function checksum(page: Uint8Array): number {
    let crc = 0;
    for (let at = 0; at < page.length; at++) {
        const byte = at >= 22 && at < 26 ? 0 : (page[at] ?? 0);
        crc = (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] ?? 0);
    }
    return crc >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
    return crc;
});
