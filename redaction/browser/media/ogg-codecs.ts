/** The first packets of Opus, Vorbis and FLAC in Ogg, and what stays of them; the twin of `files/media/ogg_codecs.py`. */

import { little } from "../bytes.ts";
import { demand, MAX_RATE } from "./sound.ts";
import { latin1, startsWith } from "../policy.ts";
import { join, number, UnreadableFileError } from "../walker.ts";

export interface Codec {
    readonly magic: Uint8Array;
    /** The first packet without values that could be free. */
    first(packet: Uint8Array): Uint8Array;
    /** Whether all packets of headers are there. */
    complete(headers: readonly Uint8Array[]): boolean;
    /** The other packets of headers, written anew. */
    rest(headers: readonly Uint8Array[]): Uint8Array[];
    /** Whether a packet that begins so may be sound. */
    isSound(beginning: Uint8Array): boolean;
}

/** No name of an encoder, no comments. */
const EMPTY = "\0\0\0\0\0\0\0\0";
const OPUS_RATES = [8000, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/** RFC 7845 §5: one packet of headers behind the first. */
const opus: Codec = {
    magic: latin1("OpusHead"),
    first(packet) {
        const [channels, family] = [number(packet, 9, 1), number(packet, 18, 1)];
        const length = family === 0 ? 19 : 21 + channels;
        demand(packet.length >= 19 && number(packet, 8, 1) < 16 && channels > 0);
        demand(packet.length >= length && (family > 0 || channels <= 2));
        const known = OPUS_RATES.includes(little(packet, 12, 4)) ? packet.subarray(12, 16) : new Uint8Array(4);
        return join([latin1("OpusHead\x01"), packet.subarray(9, 12), known, packet.subarray(16, length)]);
    },
    complete: (headers) => headers.length === 1,
    rest([tags = new Uint8Array()]) {
        demand(startsWith(tags, latin1("OpusTags")));
        return [latin1("OpusTags" + EMPTY)];
    },
    isSound: (beginning) => beginning.length > 0,
};

/** Vorbis I §4.2: comments and codebooks behind the first packet. */
const vorbis: Codec = {
    magic: latin1("\x01vorbis"),
    first(packet) {
        const [rate, sizes] = [little(packet, 12, 4), number(packet, 28, 1)];
        demand(packet.length >= 30 && number(packet, 7, 4) === 0 && number(packet, 11, 1) > 0);
        demand(rate > 0 && rate <= MAX_RATE && (number(packet, 29, 1) & 1) > 0);
        demand((sizes & 15) >= 6 && (sizes & 15) <= sizes >> 4 && sizes >> 4 <= 13);
        // Bit rates are for show; players measure.
        return join([packet.subarray(0, 16), new Uint8Array(12), packet.subarray(28, 29), Uint8Array.of(1)]);
    },
    complete: (headers) => headers.length === 2,
    rest([comments = new Uint8Array(), books = new Uint8Array()]) {
        demand(startsWith(comments, latin1("\x03vorbis")) && startsWith(books, latin1("\x05vorbis")));
        return [latin1("\x03vorbis" + EMPTY + "\x01"), books];
    },
    isSound: (beginning) => (number(beginning, 0, 1) & 1) === 0,
};

/** RFC 9639 §10.1: blocks of metadata, each in a packet of its own, until the last. */
const flac: Codec = {
    magic: latin1("\x7fFLAC\x01"),
    first(packet) {
        demand(startsWith(packet, latin1("fLaC\0\0\0\x22"), 9) && packet.length >= 51);
        return join([latin1("\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22"), packet.subarray(17, 51)]);
    },
    complete: (headers) => number(headers.at(-1) ?? new Uint8Array(), 0, 1) >= 0x80,
    rest([comments = new Uint8Array()]) {
        demand((number(comments, 0, 1) & 0x7f) === 4);
        return [latin1("\x84\0\0\x08" + EMPTY)];
    },
    isSound: (beginning) => beginning.length === 0 || beginning[0] === 0xff,
};

/** The codec by a stream's first packet; raise `UnreadableFileError`. */
export function codecOf(packet: Uint8Array): Codec {
    const codec = [opus, vorbis, flac].find(({ magic }) => startsWith(packet, magic));
    if (codec === undefined) throw new UnreadableFileError("sound-unsupported");
    return codec;
}
