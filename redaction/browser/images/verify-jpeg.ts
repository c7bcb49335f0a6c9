/** Read a cleaned JPEG a second time; the twin of `files/images/verify_jpeg.py`. */

import { asLatin1, LIMITS, PROFILES } from "../policy.ts";
import { type Demand, demanding, number, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("jpeg-malformed");

// As text, one character for each byte.
const HEADERS = new RegExp(
    "^(?:\xff\xe0\\0\x10JFIF\\0\x01\x01\\0\\0\x01\\0\x01\\0\\0" +
        "|\xff\xee\\0\x0eAdobe\\0\x64\\0\\0\\0\\0[\\0-\x02]" +
        "|\xff\xe1\\0\x22Exif\\0\\0MM\\0\\x2a\\0\\0\\0\x08\\0\x01\x01\x12\\0\x03\\0\\0\\0\x01\\0[\x02-\x08]\\0{6})$",
);
const OUR_PROFILES = PROFILES.filter((profile) => profile.replacement.length > 0).map(
    (profile) => "ICC_PROFILE\0\x01\x01" + asLatin1(profile.replacement),
);

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyJpeg(clean: Uint8Array): void {
    demand(number(clean, 0, 2) === 0xffd8);
    let [at, frames, scans] = [2, 0, 0];
    while (number(clean, at, 2) !== 0xffd9) {
        const marker = number(clean, at, 2) - 0xff00;
        const end = at + 2 + number(clean, at + 2, 2);
        demand(end <= clean.length);
        const body = clean.subarray(at + 4, end);
        if (FRAMES.includes(marker)) {
            demand(++frames === 1 && isFrame(body));
        } else if (marker === 0xda) {
            demand(frames === 1 && ++scans <= LIMITS.scans && isScan(body));
        } else if (TABLES[marker] !== undefined) {
            demand(TABLES[marker](body));
        } else {
            demand(scans === 0 && isHeader(marker, clean.subarray(at, end)));
        }
        at = marker === 0xda ? endOfData(clean, end) : end;
    }
    demand(scans > 0 && at + 2 === clean.length);
}

const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3, 0xc9, 0xca, 0xcb];
const TABLES: Readonly<Record<number, (body: Uint8Array) => boolean>> = {
    0xc4: (body) => fits(body, 1, (at) => 17 + body.subarray(at + 1, at + 17).reduce((sum, n) => sum + n, 0)),
    0xcc: (body) => body.length > 0 && body.length <= 64 && body.length % 2 === 0,
    0xdb: (body) => fits(body, 1, (at) => 1 + 64 * (1 + (number(body, at, 1) >> 4))),
    0xdd: (body) => body.length === 2,
};

/** Tables one behind the other, each with a class and a number 0 to 3, to the very end. */
function fits(body: Uint8Array, maxClass: number, size: (at: number) => number): boolean {
    let at = 0;
    while (at < body.length) {
        const first = number(body, at, 1);
        if (first >> 4 > maxClass || (first & 15) > 3) return false;
        at += size(at);
    }
    return at === body.length && at > 0;
}

function isFrame(body: Uint8Array): boolean {
    const components = number(body, 5, 1);
    if (body.length < 9 || body.length !== 6 + 3 * components || components > 4) return false;
    const [height, width] = [number(body, 1, 2), number(body, 3, 2)];
    if (Math.max(height, width) > LIMITS.side || height * width > LIMITS.pixels) {
        throw new UnreadableFileError("picture-too-large");
    }
    const precision = number(body, 0, 1);
    return height > 0 && width > 0 && precision >= 2 && precision <= 16;
}

function isScan(body: Uint8Array): boolean {
    const components = number(body, 0, 1);
    return components >= 1 && components <= 4 && body.length === 4 + 2 * components;
}

function isHeader(marker: number, segment: Uint8Array): boolean {
    if (marker === 0xe2) return OUR_PROFILES.includes(asLatin1(segment.subarray(4)));
    return HEADERS.test(asLatin1(segment));
}

function endOfData(clean: Uint8Array, start: number): number {
    let at = clean.indexOf(0xff, start);
    while (at >= 0 && isData(clean[at + 1])) at = clean.indexOf(0xff, at + 2);
    return at < 0 ? clean.length : at;
}

/** 00 and D0…D7 behind FF belong to the data. */
function isData(after: number | undefined): boolean {
    return after === 0 || (after !== undefined && after >> 3 === 0xd0 >> 3);
}
