/** Read a cleaned WebP a second time; the twin of `files/images/verify_webp.py`. */

import { asLatin1, LIMITS, PROFILES } from "../policy.ts";
import { type Demand, demanding, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("picture-malformed");

type Part = readonly [kind: string, body: Uint8Array];
type Size = readonly [width: number, height: number];

// eslint-disable-next-line no-control-regex -- bytes as text, one character for each
const ORIENTED = /^MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0[\x02-\x08]\0{6}$/;
const OUR_PROFILES = PROFILES.map((profile) => asLatin1(profile.replacement)).filter((profile) => profile !== "");

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyWebp(clean: Uint8Array): void {
    const view = new DataView(clean.buffer, clean.byteOffset, clean.length);
    demand(clean.length >= 20 && view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250);
    demand(view.getUint32(4, true) === clean.length - 8);
    const parts = split(clean, 12);
    if (parts[0]?.[0] !== "VP8X") {
        judgePicture(parts);
        return;
    }
    const header = parts.shift()?.[1] ?? new Uint8Array();
    const flags = header[0] ?? 0;
    demand(header.length === 10 && (flags & 0xc5) === 0 && header[1] === 0 && header[2] === 0 && header[3] === 0);
    const canvas: Size = [1 + three(header, 4), 1 + three(header, 7)];
    measure(canvas);
    if ((flags & 0x20) > 0) {
        const [kind, profile] = parts.shift() ?? ["", new Uint8Array()];
        demand(kind === "ICCP" && OUR_PROFILES.includes(asLatin1(profile)));
    }
    if ((flags & 0x08) > 0) {
        const [kind, orientation] = parts.pop() ?? ["", new Uint8Array()];
        demand(kind === "EXIF" && ORIENTED.test(asLatin1(orientation)));
    }
    if ((flags & 0x02) > 0) judgeAnimation(parts, canvas);
    else judgePicture(parts, canvas);
}

function split(bytes: Uint8Array, start: number): Part[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const parts: Part[] = [];
    let at = start;
    while (at < bytes.length) {
        demand(at + 8 <= bytes.length);
        const end = at + 8 + view.getUint32(at + 4, true);
        const odd = end % 2;
        demand(end + odd <= bytes.length && (odd === 0 || bytes[end] === 0));
        parts.push([asLatin1(bytes.subarray(at, at + 4)), bytes.subarray(at + 8, end)]);
        at = end + odd;
    }
    return parts;
}

function judgeAnimation(parts: readonly Part[], canvas: Size): void {
    const [kind, timing] = parts[0] ?? ["", new Uint8Array()];
    demand(parts.length >= 2 && kind === "ANIM" && timing.length === 6);
    if (parts.length - 1 > LIMITS.frames) throw new UnreadableFileError("picture-too-large");
    for (const [frameKind, frame] of parts.slice(1)) {
        demand(frameKind === "ANMF" && frame.length > 16 && (frame[15] ?? 4) < 4);
        const size: Size = [three(frame, 6) + 1, three(frame, 9) + 1];
        demand(2 * three(frame, 0) + size[0] <= canvas[0] && 2 * three(frame, 3) + size[1] <= canvas[1]);
        judgePicture(split(frame, 16), size);
    }
}

/** Demand one picture, with an alpha plane only before a lossy one. */
function judgePicture(parts: readonly Part[], announced?: Size): void {
    const [kind, data] = parts.at(-1) ?? ["", new Uint8Array()];
    if (parts.length === 2) demand(parts[0]?.[0] === "ALPH" && parts[0][1].length > 1 && kind === "VP8 ");
    demand(parts.length >= 1 && parts.length <= 2 && data.length > 5);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    let size: Size;
    if (kind === "VP8L") {
        const bits = view.getUint32(1, true);
        demand(data[0] === 0x2f && bits >>> 29 === 0);
        size = [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
    } else {
        // RFC 6386 §9.1: a key frame whose first partition lies inside.
        const tag = three(data, 0);
        demand(kind === "VP8 " && (tag & 1) === 0 && three(data, 3) === 0x2a019d);
        demand(tag >> 5 > 0 && 10 + (tag >> 5) <= data.length);
        size = [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff];
    }
    demand(announced === undefined || (announced[0] === size[0] && announced[1] === size[1]));
    measure(size);
}

function measure([width, height]: Size): void {
    demand(width > 0 && height > 0);
    if (Math.max(width, height) > LIMITS.side || width * height > LIMITS.pixels) {
        throw new UnreadableFileError("picture-too-large");
    }
}

/** Three bytes, the lowest first. */
function three(bytes: Uint8Array, at: number): number {
    return (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0) + 65_536 * (bytes[at + 2] ?? 0);
}
